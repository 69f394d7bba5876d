"""How the built-in weights were made, so that anyone can make their own.

``python -m animegan.training distill`` trains a `CompactGenerator` to draw as a teacher (an ONNX
generator) draws; ``python -m animegan.training validate`` measures how near it came, on
photographs that were kept out of training. Nothing else in the package imports this.
"""
