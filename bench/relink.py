"""How long after a word is published it is linked on every page that mentions it.

    DATA_DIR=/tmp/bench .venv/bin/python -m bench.relink --this-database

Takes words that are mentioned on about so many pages off the site and publishes them again. With
--all, every page is linked anew first; do so once after bench.generate.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable

from config.local import serve

MENTIONS = [10, 50, 300, 1000]
BAR = 5.0


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def of_this_process(run: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of this processor: on a busy machine the second tells more."""
    start = time.process_time()
    return seconds(run), time.process_time() - start


def main() -> int:
    from glossary.linking.relinking import current_names, relink, relink_all
    from glossary.models import LinkedText, Term

    print(f"{Term.objects.published().count()} terms, {len(current_names().names)} names")
    if "--all" in sys.argv:
        took = seconds(relink_all)
        print(f"all pages: {took:.1f} s, {LinkedText.objects.count() / took:.0f} pages a second")
    links = LinkedText.objects.values_list("links", flat=True)
    counts = Counter(pk for pks in links for pk in pks)
    print(f"{'word':<28}{'pages':>7}{'off, s':>9}{'on, s':>9}{'of it CPU':>11}")
    slow = 0
    for wanted in MENTIONS:
        pk, pages = min(counts.items(), key=lambda item: abs(item[1] - wanted))
        term = Term.objects.get(pk=pk)
        Term.objects.filter(pk=pk).update(state="draft")
        off = seconds(lambda pk=pk: relink([pk]))
        assert not LinkedText.objects.filter(links__contains=[pk]).exists()  # noqa: S101
        Term.objects.filter(pk=pk).update(state="published")
        on, cpu = of_this_process(lambda pk=pk: relink([pk]))
        again = LinkedText.objects.filter(links__contains=[pk]).count()
        assert again == pages, (again, pages)  # noqa: S101
        print(f"{term.title:<28}{pages:>7}{off:>9.2f}{on:>9.2f}{cpu:>11.2f}")
        slow += wanted <= 300 and on > BAR
    return slow


if __name__ == "__main__":
    if "--this-database" not in sys.argv:
        sys.exit(__doc__)
    serve.use_local_settings()
    import django

    django.setup()
    sys.exit(main())
