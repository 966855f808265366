"""What the worker stands on: MediaPipe, TensorFlow, DeepFace, dlib's weights, and the object stores."""
