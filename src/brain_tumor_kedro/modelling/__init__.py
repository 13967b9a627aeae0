"""The core of training: pure Keras."""
