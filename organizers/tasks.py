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
