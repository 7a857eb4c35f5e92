"""Machine keys and signatures that stock ``ssh-keygen -Y verify`` checks."""
