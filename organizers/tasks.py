"""What the worker does for people. A task's path never changes: rows in the queue hold it."""

from django_tasks import task

# Imported where they are used: this module puts the tasks into the queue.


@task(queue_name="mail")
def send_mail(pk: int) -> None:
    from organizers import mail

    mail.deliver(pk)


@task()
def forget_failed_mail() -> None:
    from organizers import mail

    mail.forget_failed()


@task()
def forget_what_is_over() -> None:
    from organizers.privacy import keeping

    keeping.forget_what_is_over()


@task()
def send_alerts() -> None:
    from organizers.alerts import digests

    digests.plan()


@task()
def send_alerts_of(query: str, after: int = 0) -> None:
    from organizers.alerts import digests

    digests.send_all_of(query, after)


@task()
def forget_unconfirmed_alerts() -> None:
    from organizers.alerts import signing_up

    signing_up.forget_unconfirmed()
