-- Gaps and islands: on which days in a row did somebody go running, and which streak was longest?
--
-- The table holds one line for each day with a run. What we want is not in any single line: it is
-- the unbroken stretches ("islands") and the holes between them ("gaps").
--
-- Written for SQLite 3.25 or newer, the first version with window functions.

CREATE TABLE run (
    day        TEXT PRIMARY KEY,     -- ISO date, so that sorting by text sorts by time
    kilometres REAL NOT NULL
);

INSERT INTO run (day, kilometres) VALUES
    ('2024-04-01', 5.0), ('2024-04-02', 6.5), ('2024-04-03', 4.0),
    ('2024-04-06', 8.0), ('2024-04-07', 5.5),
    ('2024-04-10', 12.0), ('2024-04-11', 5.0), ('2024-04-12', 7.0), ('2024-04-13', 6.0);

-- The islands. Number the lines 1, 2, 3 ... in order of time, and take that number of days away
-- from each date. Within a streak, date and number both grow by one, so the difference stays the
-- same. After a pause the date has jumped and the number has not. The difference is therefore a
-- name for the streak: meaningless as a date, and perfect for GROUP BY.
WITH numbered AS (
    SELECT
        day,
        kilometres,
        julianday(day) - ROW_NUMBER() OVER (ORDER BY day) AS streak
    FROM run
)
SELECT
    MIN(day)        AS first_day,
    MAX(day)        AS last_day,
    COUNT(*)        AS days,
    SUM(kilometres) AS kilometres
FROM numbered
GROUP BY streak
ORDER BY days DESC, first_day;

-- The gaps. Look at the next day with a run; where it is not tomorrow, everything in between was
-- rest. The last line has no successor, so LEAD gives NULL, the comparison is unknown, and the row
-- drops out by itself, which is what we want: a pause that has not ended is not yet a gap.
WITH paired AS (
    SELECT day, LEAD(day) OVER (ORDER BY day) AS next_day
    FROM run
)
SELECT
    date(day, '+1 day')                        AS rest_from,
    date(next_day, '-1 day')                   AS rest_until,
    julianday(next_day) - julianday(day) - 1   AS days_off
FROM paired
WHERE julianday(next_day) - julianday(day) > 1
ORDER BY day;
