"""Django looks for a database backend's parts under this name."""

from typing import Any

from django.db.backends.postgresql import base

from config import database


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if database.is_gone():
            raise database.Gone
        return super().get_new_connection(conn_params)
