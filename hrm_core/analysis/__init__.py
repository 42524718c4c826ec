"""What labels say about children and studies; works on arrays, knows no store and no files."""
