"""What README shows of the results: a picture and tables, made by ``manage.py compare --show``."""
