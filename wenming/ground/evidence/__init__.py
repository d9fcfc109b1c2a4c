"""照片佐证: photos as evidence. Originals are kept untouched; everything that is served is a clean copy."""
