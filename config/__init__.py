"""The project: settings, databases, the Celery application, the processes."""

import django_stubs_ext
import pymysql

from config.celery import app as celery_app

__all__ = ["celery_app"]

# MariaDB through a pure Python driver: nobody needs a compiler to run us.
pymysql.install_as_MySQLdb()

# Generic classes of Django's (``ModelForm[Post]``) can be subscripted at run time too.
django_stubs_ext.monkeypatch()
