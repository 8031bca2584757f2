"""From foreign bytes to the one kind of picture that the model reads. Images are hostile until checked."""
