"""How the built-in weights were made, so that anyone can train their own.

``python -m animegan.training distill`` trains a `CompactGenerator` to draw like a target, such as a teacher (an ONNX
generator). ``python -m animegan.training validate`` measures how close it came, on photographs that training did not
use. Nothing else in the package imports this.
"""
