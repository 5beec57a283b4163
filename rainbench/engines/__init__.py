"""What a network runs on: torch, our own kernels, ONNX Runtime, OpenVINO; which is chosen."""
