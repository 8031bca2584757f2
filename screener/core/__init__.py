"""The pure core: values in, values out. It knows neither Kafka nor ONNX Runtime nor the web."""
