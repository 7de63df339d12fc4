"""How well people are triaged: the real interview, played with people whose findings are known."""
