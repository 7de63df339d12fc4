"""What Rasa calls: thin actions that read the tracker, ask the screening, write slots and speak."""
