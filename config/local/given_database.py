"""The database that DATABASE_URL names, asked before anything is begun."""

from config.local.programs import PostgresError

ANSWER_SECONDS = 5


def check(url: str) -> None:
    """Raise PostgresError, which never shows the password, unless a PostgreSQL answers at `url`."""
    import environ
    import psycopg

    try:
        config = environ.Env.db_url_config(url)
    except Exception as error:
        raise PostgresError("DATABASE_URL is not a database address.") from error
    if config["ENGINE"] != "django.db.backends.postgresql":
        raise PostgresError("DATABASE_URL must be a PostgreSQL address: postgresql://...")
    parts = {
        "HOST": "host",
        "PORT": "port",
        "USER": "user",
        "PASSWORD": "password",
        "NAME": "dbname",
    }
    given = {word: config[part] for part, word in parts.items() if config[part]}
    options = config.get("OPTIONS", {}) | {"connect_timeout": ANSWER_SECONDS, "pool": None}
    try:
        psycopg.connect(**(given | options)).close()
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0].removeprefix("connection failed: ")
        if config["PASSWORD"]:
            reason = reason.replace(config["PASSWORD"], "...")
        raise PostgresError(f"The database of DATABASE_URL does not answer: {reason}") from error
