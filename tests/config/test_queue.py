"""The queue of tasks: tried again after trouble, taken up after a killed worker, never twice."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from time import monotonic, sleep

import pytest
from django.apps import apps
from django.conf import settings as site_settings
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings
from time_machine import TimeMachineFixture

from glossary import tasks
from glossary.linking import relinking
from tests.backstage import CONCURRENT
from tests.factories import TermFactory
from web import queue

BASE = Path(__file__).resolve().parents[2]
done: list[str] = []


@task()
def note(word: str) -> None:
    done.append(word)
    TermFactory(title=word)
    if word == "wrong":
        raise ValueError("no such luck")


@task()
def sleep_long() -> None:
    sleep(60)


@task()
def lose_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.fixture(autouse=True)
def _nothing_done() -> None:
    done.clear()


@pytest.mark.django_db
def test_a_task_that_fails_is_tried_again_later_and_at_last_given_up(
    time_machine: TimeMachineFixture,
) -> None:
    note.enqueue("wrong")
    for tries, delay in enumerate([timedelta(), *queue.DELAYS], start=1):
        time_machine.move_to(timezone.now() + delay, tick=False)
        queue.do_all()
        assert len(done) == tries
    row = DBTaskResult.objects.get()
    assert row.status == "FAILED"
    assert "no such luck" in row.traceback
    queue.forget_failed()
    assert DBTaskResult.objects.exists()
    time_machine.move_to(timezone.now() + timedelta(days=31), tick=False)
    queue.forget_failed()
    assert not DBTaskResult.objects.exists()


@CONCURRENT
def test_what_a_failed_task_did_is_undone_and_what_is_done_leaves_no_row() -> None:
    from glossary.models import Term

    note.enqueue("wrong")
    note.enqueue("right")
    queue.do_all()
    assert [term.title for term in Term.objects.all()] == ["right"]
    assert [row.args_kwargs["args"] for row in DBTaskResult.objects.all()] == [["wrong"]]


@CONCURRENT
def test_a_lost_database_is_left_to_who_asked_and_the_task_is_due_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lose_the_database.enqueue()
    with pytest.raises(OperationalError):
        queue.do_next("default")
    assert caplog.records == []
    connection.close()
    row = DBTaskResult.objects.get()
    assert (row.status, len(row.worker_ids)) == ("READY", 1)
    assert row.run_after > timezone.now()


@CONCURRENT
@pytest.mark.real_clock
def test_what_a_killed_worker_was_at_is_done_by_the_next(
    time_machine: TimeMachineFixture,
) -> None:
    sleep_long.enqueue()
    name = connection.settings_dict["NAME"]
    worker = subprocess.Popen(
        [sys.executable, "-c",
         "from tests.settings import DATABASES; DATABASES['default']['NAME'] = "
         f"{name!r}; import django; django.setup(); from web import queue; queue.do_all()"],
        cwd=BASE,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
    )  # fmt: skip
    begun = DBTaskResult.objects.exclude(worker_ids=[])
    eventually(begun.exists)
    eventually(is_held)
    # While it is at it, nobody else is, however late it gets.
    time_machine.move_to(timezone.now() + timedelta(minutes=1), tick=False)
    queue.do_next("default")
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    DBTaskResult.objects.update(task_path="tests.config.test_queue.note", args_kwargs=ARGUMENTS)
    assert done == []
    time_machine.move_to(timezone.now() + timedelta(minutes=5), tick=False)
    queue.do_next("default")
    assert done == ["taken up"]
    assert not DBTaskResult.objects.exists()


def is_held() -> bool:
    with transaction.atomic():
        return not DBTaskResult.objects.select_for_update(skip_locked=True).first()


ARGUMENTS = {"args": ["taken up"], "kwargs": {}}


def eventually(what: Callable[[], object]) -> None:
    deadline = monotonic() + 30
    while not what():
        assert monotonic() < deadline
        sleep(0.05)


@CONCURRENT
def test_of_two_relinkings_one_waits_for_the_other() -> None:
    term = TermFactory(title="Taper", slug="taper")

    def other() -> None:
        try:
            relinking.relink([term.pk])
        finally:
            connection.close()

    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
    waiting += " AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"

    def somebody_waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            return cursor.fetchone() != (0,)

    thread = threading.Thread(target=other)
    with transaction.atomic():
        relinking.relink([term.pk])
        thread.start()
        eventually(somebody_waits)
    thread.join()


@pytest.mark.django_db
def test_what_comes_round_again_waits_for_its_next_time(
    settings: Settings, time_machine: TimeMachineFixture
) -> None:
    path = "tests.config.test_queue.round_again"
    settings.PERIODIC_TASKS = {path: timedelta(hours=1)}
    queue.plan_periodic()
    queue.plan_periodic()
    for _ in range(3):
        queue.do_all()
        assert done == ["round"]
    time_machine.move_to(timezone.now() + timedelta(hours=1), tick=False)
    queue.do_all()
    assert done == ["round", "round"]
    assert DBTaskResult.objects.filter(task_path=path).count() == 1


@task()
def round_again() -> None:
    done.append("round")


@pytest.mark.django_db
def test_every_periodic_task_can_be_done() -> None:
    queue.plan_periodic()
    planned = set(DBTaskResult.objects.values_list("task_path", flat=True))
    assert planned == set(site_settings.PERIODIC_TASKS)
    queue.do_all()
    assert not DBTaskResult.objects.exclude(traceback="").exists()


@pytest.mark.django_db
def test_readiness_tells_of_a_task_that_nobody_does(
    client: Client, time_machine: TimeMachineFixture
) -> None:
    tasks.relink.enqueue([])
    tasks.relink.using(run_after=timezone.now() + timedelta(days=3)).enqueue([])
    time_machine.move_to(timezone.now() + timedelta(seconds=301), tick=False)
    response = client.get("/readyz", headers={"host": "10.0.0.7"})
    assert response.status_code == 503
    assert response.content.decode().startswith("The oldest task that is due has waited for 30")


def test_health_is_told_to_anyone_and_needs_no_database(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    for host in ["10.0.0.7", "any.host.example"]:
        response = client.get("/healthz", headers={"host": host})
        assert (response.status_code, response.content) == (200, b"ok")
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
def test_waiting_rows_of_the_former_queue_are_carried_over() -> None:
    migration = import_module("organizers.migrations.0006_mail_by_the_queue")
    later = timezone.now() + timedelta(days=3)
    tasks.publish_draft.using(run_after=later).enqueue(1, 2)
    DBTaskResult.objects.update(
        task_path="glossary.publishing.publish_draft_task",
        status="RUNNING",
        worker_ids=["old"],
    )
    migration.carry_over(apps, None)
    row = DBTaskResult.objects.get()
    assert (row.task_path, row.status, row.run_after) == (
        "glossary.tasks.publish_draft", "READY", later,
    )  # fmt: skip
    assert row.task == tasks.publish_draft.using(run_after=later)
    for path in migration.MOVED.values():
        module, _, name = path.rpartition(".")
        assert hasattr(import_module(module), name)
