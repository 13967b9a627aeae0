"""A local page on which a person shows an image to a registered classifier."""
