"""What starts the command inside the user's image: standard library only, python 3.8, shipped as one zipapp."""
