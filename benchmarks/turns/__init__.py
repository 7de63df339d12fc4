"""What a turn costs: Backchat as `backchat run` serves it, beside Rasa's default configuration."""
