"""Import of a course from a folder: course.yaml and the media that it names."""
