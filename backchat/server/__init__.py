"""The one process that serves Backchat: model, actions, store and channels together."""
