"""Object detectors: TensorFlow.js graphs to ONNX, compared on photos that people have described."""
