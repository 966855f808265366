"""The media worker: it looks into uploads and makes smaller copies; no api and no event waits for it."""
