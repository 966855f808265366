"""Face work of proctor (监考): detection, recognition, liveness, anti-spoofing on TensorFlow and MediaPipe.

Runs in an environment of its own, because eventlet and TensorFlow don't mix. Importing a module here is
light: TensorFlow, MediaPipe and DeepFace load when a class that needs them is built.
"""
