"""The networks, and how they run over a whole picture.

modules      the network classes
checkpoints  read and write their weights
adapters     low-rank adapters of styles of one's own
engine       CPU, CUDA, MPS, bf16
painters     a photo becomes a drawing
restorers    a bad photo becomes a better one of twice its size
export       TorchScript, ONNX, safetensors for other programs
"""
