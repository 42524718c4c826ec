"""Frames to faces: alignment by five points, masks over the eyes."""
