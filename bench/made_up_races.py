"""Fills the database with made-up races, straight by SQL.

Where they are follows the people of the gazetteer and how much is run in a country; when, what and
how long follow the real catalogue. Bodies are made of the words of the real ones.
"""

import random
import re
from collections import Counter
from itertools import accumulate
from pathlib import Path

import frontmatter

CONTENT = Path(__file__).resolve().parent.parent / "races" / "content"
BODIES = 5_000
WORDS = 60
STEMS = 30_000
# How much more is run there than people live there.
EAGER = {
    "US": 8, "GB": 8, "FR": 7, "DE": 5, "ES": 5, "IT": 5, "CH": 8, "AT": 5, "NL": 5, "BE": 5,
    "SE": 6, "NO": 6, "DK": 5, "FI": 5, "IE": 7, "CA": 5, "AU": 6, "NZ": 8, "ZA": 3, "JP": 2,
    "PT": 4, "PL": 3, "CZ": 4, "CN": 0.05, "IN": 0.05, "NG": 0.05, "PK": 0.02, "ID": 0.1,
}  # fmt: skip
# Metres and the class that goes with them, by sport, the usual ones first.
LENGTHS = {
    "road-running": [
        (10_000, "10k"), (21_098, "half-marathon"), (5_000, "5k"), (42_195, "marathon"),
        (15_000, "other"), (8_000, "other"), (50_000, "ultra"),
    ],
    "trail-running": [
        (21_500, "other"), (12_000, "other"), (42_500, "marathon"), (50_000, "ultra"),
        (80_000, "ultra"), (102_000, "ultra"), (163_000, "ultra"), (10_000, "10k"),
    ],
    "triathlon": [
        (51_500, "olympic-tri"), (25_750, "sprint-tri"), (113_000, "middle-tri"),
        (226_000, "full-tri"),
    ],
    "open-water": [(2_000, "other"), (5_000, "other"), (1_500, "other"), (10_000, "other")],
    "road-cycling": [
        (120_000, "other"), (80_000, "other"), (160_000, "other"), (200_000, "other"),
    ],
}  # fmt: skip
SURFACES = {
    "road-running": "road", "trail-running": "trail", "open-water": "water",
    "road-cycling": "road", "gravel-cycling": "gravel", "mountain-biking": "mountain",
}  # fmt: skip

# Everything is random, but the same each time; %(editions)s is how many.
SQL = """
SELECT setseed(0.42);
CREATE TEMP TABLE town AS
    SELECT *, sum(weight) OVER (ORDER BY geoname_id) AS upto FROM (
        SELECT p.*, power(population, 0.75) * coalesce((%(eager)s::jsonb->>country)::float, 1)
            AS weight FROM races_place p) p;
CREATE INDEX ON town (upto);
CREATE TEMP TABLE sport AS
    SELECT key AS sport, sum(value::int) OVER (ORDER BY key) AS upto
    FROM jsonb_each_text(%(sports)s::jsonb);
CREATE TEMP TABLE length AS
    SELECT key AS sport, (row->>0)::int AS metres, row->>1 AS class,
        row_number() OVER (PARTITION BY key ORDER BY nth) - 1 AS nth,
        count(*) OVER (PARTITION BY key) AS many
    FROM jsonb_each(%(lengths)s::jsonb), jsonb_array_elements(value) WITH ORDINALITY e(row, nth);
CREATE TEMP TABLE draw AS
    SELECT i, random() * (SELECT max(upto) FROM town) AS town,
        random() * (SELECT max(upto) FROM sport) AS sport,
        random() AS name, random() AS other, random() AS body, random() AS organizer,
        random() AS certain, random() AS far, random() AS many, random() AS east, random() AS north
    FROM generate_series(1, greatest(1, (%(editions)s / 1.1)::int)) i;
INSERT INTO races_race (
    name, latin_name, name_key, slug, sport, description, website, organizer_name, city, region,
    country, place_id, latitude, longitude, time_zone, usual_month, usual_rule, state,
    first_published_at, sources, loaded_digest, updated_at, unlinked_words, links, search)
SELECT said.name, '', 'bench' || i, 'bench-' || i, s.sport, b.body, '', said.organizer, t.name,
    CASE WHEN t.region = '' THEN '' ELSE t.region END,
    t.country, t.geoname_id, greatest(-90, least(90, t.latitude + (d.north - 0.5) * 0.2)),
    greatest(-180, least(180, t.longitude + (d.east - 0.5) * 0.2)), t.time_zone, NULL, '',
    'published', now(), '[]', '', now(), '{}', '{}',
    setweight(to_tsvector('english', said.name), 'A')
        || setweight(to_tsvector('english', concat_ws(' ', t.name, t.region,
            %(countries)s::jsonb->>t.country, said.organizer, replace(s.sport, '-', ' '))), 'B')
        || b.vector
FROM draw d
CROSS JOIN LATERAL (SELECT * FROM town WHERE upto >= d.town ORDER BY upto LIMIT 1) t
CROSS JOIN LATERAL (SELECT * FROM sport WHERE upto >= d.sport ORDER BY upto LIMIT 1) s
JOIN bench_body b ON b.id = 1 + floor(d.body * %(bodies)s)::int
JOIN bench_stem n ON n.id = 1 + floor(power(d.name, 3) * %(stems)s)::int
JOIN bench_stem o ON o.id = 1 + floor(power(d.organizer, 2) * %(stems)s)::int
CROSS JOIN LATERAL (SELECT
    left(CASE floor(d.other * 3)::int WHEN 0 THEN t.name || ' ' ELSE n.stem || ' ' END
        || (%(kinds)s::jsonb->s.sport->>floor(d.other * 29)::int %% 3), 120) AS name,
    o.stem || ' ' || (ARRAY['Events', 'Club', 'Sports', 'Runners'])[1 + floor(d.many * 4)::int]
        AS organizer) said;
INSERT INTO races_edition (
    race_id, start_date, end_date, date_precision, confirmed_on, status, previous_start_date,
    status_note, status_since, sequence, registration_url, registration_state,
    registration_opens_on, registration_closes_on, source_url, last_verified_on, expected_on,
    over_at, doubtful_at)
SELECT r.id, CASE precision WHEN 'day' THEN day WHEN 'month' THEN date_trunc('month', day)::date
        ELSE date_trunc('year', day)::date END,
    last, precision,
    CASE WHEN precision = 'day' AND d.certain < 0.3 THEN current_date - 20 END, 'scheduled', NULL,
    '', NULL, 0, '', (ARRAY['', '', 'open', 'open', 'not-open'])[1 + floor(d.far * 5)::int],
    CASE WHEN d.far > 0.9 THEN current_date + 30 END, NULL, '',
    current_date - floor(power(d.many, 3) * 600)::int,
    expected, (last + 1)::timestamp AT TIME ZONE r.time_zone,
    CASE WHEN precision <> 'day' THEN (coalesce(expected + 1,
        date_trunc(precision, day)::date))::timestamp AT TIME ZONE r.time_zone END
FROM draw d
JOIN races_race r ON r.slug = 'bench-' || d.i
CROSS JOIN generate_series(0, CASE WHEN d.i %% 10 = 0 THEN 1 ELSE 0 END) again
CROSS JOIN LATERAL (SELECT
    current_date + 1 + floor(power(d.far, 1.4) * 500)::int + again * 364 AS any_day) a
CROSS JOIN LATERAL (SELECT CASE WHEN d.north < 0.9
    THEN any_day + (6 + (d.east < 0.6)::int - extract(isodow FROM any_day)::int + 7) %% 7
    ELSE any_day END AS day,
    CASE WHEN d.certain < 0.6 THEN 'day' WHEN d.certain < 0.98 THEN 'month' ELSE 'year' END
        AS precision) b
CROSS JOIN LATERAL (SELECT CASE precision WHEN 'day'
        THEN day + CASE WHEN d.body < 0.08 THEN floor(d.body * 50)::int ELSE 0 END
    ELSE (date_trunc(precision, day) + ('1 ' || precision)::interval)::date - 1 END AS last,
    CASE WHEN precision = 'month' AND d.certain < 0.85
        THEN date_trunc('month', day)::date + (14 - extract(isodow
            FROM date_trunc('month', day))::int) END AS expected) c
ON CONFLICT DO NOTHING;
INSERT INTO races_distance (
    edition_id, position, name, metres, distance_class, legs, cut_off_minutes, ascent_metres,
    surface, course_shape, entry, qualifier, certification)
SELECT e.id, n, l.metres / 1000 || ' km ' || n, l.metres + (e.id %% 7) * 10 * (n %% 2), l.class,
    CASE WHEN r.sport = 'triathlon' THEN 'swim, bike, run' ELSE '' END,
    CASE WHEN e.id %% 3 = 0 THEN l.metres * (5 + e.id %% 8) / 1000 END,
    CASE WHEN r.sport = 'trail-running' THEN l.metres * (10 + e.id %% 50) / 1000
        WHEN e.id %% 4 = 0 THEN l.metres * (e.id %% 20) / 1000 END,
    coalesce(%(surfaces)s::jsonb->>r.sport, ''),
    (ARRAY['', '', 'loop', 'laps', 'point-to-point'])[1 + (e.id + n) %% 5],
    (ARRAY['', 'open', 'open', 'open', 'ballot', 'qualifier'])[1 + (e.id * 7 + n) %% 6], '',
    CASE WHEN r.sport = 'road-running' AND e.id %% 11 = 0 THEN 'World Athletics' ELSE '' END
FROM races_edition e
JOIN races_race r ON r.id = e.race_id
CROSS JOIN LATERAL generate_series(0, (ARRAY[0,0,0,0,0,1,1,2,3,5])[1 + e.id %% 10]) n
JOIN length l ON l.sport = CASE WHEN r.sport IN (SELECT sport FROM length) THEN r.sport
        ELSE 'road-running' END AND l.nth = (n + e.id / 10) %% l.many
WHERE r.slug LIKE 'bench-%%';
INSERT INTO races_pricetier (distance_id, name, amount, currency, valid_from, valid_until)
SELECT d.id, 'Tier ' || n, 15 + d.id %% 23 + d.metres / 1500 + n * 10,
    CASE r.country WHEN 'US' THEN 'USD' WHEN 'GB' THEN 'GBP' WHEN 'CH' THEN 'CHF' ELSE 'EUR' END,
    NULL, CASE WHEN n = 0 THEN current_date + (d.id %% 200)::int - 60 END
FROM races_distance d
JOIN races_edition e ON e.id = d.edition_id
JOIN races_race r ON r.id = e.race_id
CROSS JOIN generate_series(0, (d.id %% 2)::int) n
WHERE d.id %% 5 < 2 AND r.slug LIKE 'bench-%%';
"""


def fill(editions: int) -> None:
    from django.db import connection, transaction

    from races.choices import Sport
    from races.countries import country_names

    files = [frontmatter.load(path) for path in sorted(CONTENT.glob("*.md"))]
    values = {
        "editions": editions,
        "bodies": BODIES,
        "stems": STEMS,
        "eager": _json(EAGER),
        "sports": _json(Counter(file["sport"] for file in files)),
        "lengths": _json(LENGTHS),
        "surfaces": _json(SURFACES),
        "countries": _json({code: str(name) for code, name in country_names().items()}),
        "kinds": _json({sport.value: _kinds(sport.value) for sport in Sport}),
    }
    with connection.cursor() as cursor, transaction.atomic():
        # No trigger need tell of each row: nobody reads yet.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL work_mem = '256MB'; SET LOCAL maintenance_work_mem = '1GB'")
        cursor.execute("DROP INDEX race_search")
        _words(cursor, [file.content for file in files])
        for statement in SQL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, values)
        cursor.execute("DROP TABLE bench_body, bench_stem")
        cursor.execute("CREATE INDEX race_search ON races_race USING gin (search)")
        cursor.execute("INSERT INTO web_contentchange (transaction, began_at, statements)"
                       " VALUES (pg_current_xact_id()::text::bigint, now(), 1)")  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("RESET statement_timeout")


def _words(cursor: object, bodies: list[str]) -> None:
    """Bodies as words are used in the real ones, and made-up names, some of which are common."""
    chance = random.Random(1)  # noqa: S311 - the same words each time
    counts = Counter(word for body in bodies for word in re.findall(r"[a-z]{2,}", body.casefold()))
    words, odds = list(counts), list(accumulate(counts.values()))
    texts = [" ".join(chance.choices(words, cum_weights=odds, k=WORDS)) for _ in range(BODIES)]
    parts = ["ba", "cor", "dan", "fe", "gor", "hal", "je", "kar", "lam", "mo", "nel", "pol", "ta"]
    stems: set[str] = set()
    while len(stems) < STEMS:
        stem = "".join(chance.choices(parts, k=chance.choice([2, 3, 4])))
        stems.add(f"{stem.capitalize()}{chance.choice('aeiounrst')}")
    execute = cursor.execute  # type: ignore[attr-defined]
    execute("CREATE TABLE bench_body AS SELECT id, body,"
            " setweight(to_tsvector('english', body), 'C') AS vector"
            " FROM unnest(%s::text[]) WITH ORDINALITY b(body, id)", [texts])  # fmt: skip
    chance.shuffle(names := sorted(stems))
    execute("CREATE TABLE bench_stem AS"
            " SELECT * FROM unnest(%s::text[]) WITH ORDINALITY s(stem, id)", [names])  # fmt: skip


def _kinds(sport: str) -> list[str]:
    return {
        "road-running": ["Half Marathon", "10K", "Marathon"],
        "trail-running": ["Trail", "Mountain Run", "Ultra Trail"],
        "triathlon": ["Triathlon", "Iron Challenge", "Sprint Triathlon"],
    }.get(sport, ["Challenge", "Classic", "Race"])


def _json(value: object) -> str:
    import json

    return json.dumps(value)
