"""The learned layer: what people say in words that no phrase holds."""
