"""Whether several processes lose, double or mix up anything while parts of them fail under load."""
