"""What the worker builds on: MediaPipe, TensorFlow, DeepFace, dlib's weights, and the object stores."""
