"""How people reach Backchat: Rasa channels that are safe to put on a network."""
