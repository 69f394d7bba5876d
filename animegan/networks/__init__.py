"""The networks, and how they run over a whole picture.

modules      the network classes
checkpoints  read and write their weights
adapters     low-rank adapters of styles of one's own
engine       CPU, CUDA, MPS, bf16
painters     a photo becomes a drawing
enlarger     a drawing becomes one of twice its size
restorers    a bad photo becomes a better one of twice its size
export       painters and the enlarger as TorchScript, ONNX, safetensors for other programs
"""
