"""The ramp as on the mock pages, labels that stay apart and inside, the burn-up, and their templates."""

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from django.template.loader import render_to_string
from django.test import SimpleTestCase
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from onboarding.drawing import (
    NARROW,
    PLOT_HEIGHT,
    PLOT_WIDTH,
    WIDE,
    burn_up,
    position,
    ramp,
    ramp_words,
    text_width,
    tone,
)
from onboarding.progress import PhaseProgress

BOUNDS = (0, 5, 22, 44, 65)  # the mock's track: Week 1, Day 30, Day 60, Day 90
FIRST_DAY = date(2026, 10, 26)
TODAY = date(2026, 11, 17)
DAY = timedelta(days=1)

bounds_lists = st.lists(st.integers(0, 30), min_size=1, max_size=8).map(
    lambda lengths: tuple(sum(lengths[:n]) for n in range(len(lengths) + 1))
)


def numbers(path):
    return [float(number) for number in re.findall(r'-?\d+(?:\.\d+)?', path)]


def on(number):
    return FIRST_DAY + number * DAY


class RampTests(SimpleTestCase):
    def test_the_drawing_of_the_mock_home_page(self):
        found = ramp(BOUNDS, 14, 17)

        self.assertEqual(
            [(segment.track, segment.fill) for segment in found.segments],
            [
                ('M0.0 28V23.0L98.8 17.6V28z', 'M0.0 28V23.0L98.8 17.6V28z'),
                ('M101.2 28V17.4L198.8 12.1V28z', 'M101.2 28V17.4L152.8 14.6V28z'),
                ('M201.2 28V11.9L298.8 6.6V28z', ''),
                ('M301.2 28V6.4L400.0 1.0V28z', ''),
            ],
        )
        self.assertEqual(found.today_line, 'M170.4 28V-9')
        self.assertEqual(
            [(line.x, line.dx, line.anchor, [part.text for part in line.parts]) for line in found.labels],
            [('38.2%', '-2', 'end', ['Done: plan day 14']), ('42.6%', '7', 'start', ['Today: day 17'])],
        )
        self.assertEqual(found.words, 'Work done matches the plan for working day 14. Today is working day 17 of 65.')

    def test_the_mini_drawing_of_the_mock_team_page(self):
        found = ramp(BOUNDS, 37, 47, is_mini=True, tone=tone('needs_help'), words='Jonas Lindqvist: 10 days behind')

        self.assertEqual(
            [segment.track for segment in found.segments],
            [
                'M0.0 28V20.0L97.5 15.6V28z',
                'M102.5 28V15.4L197.5 11.1V28z',
                'M202.5 28V10.9L297.5 6.6V28z',
                'M302.5 28V6.4L400.0 2.0V28z',
            ],
        )
        self.assertEqual(found.today_line, 'M314.4 28V-2')
        self.assertEqual((found.tone, found.words, found.labels), ('late', 'Jonas Lindqvist: 10 days behind', ()))

    def test_positions_of_the_mock_team_page(self):
        found = [position(day, BOUNDS) for day in (5, 7, 14, 17, 37, 39, 47, 62, 64)]

        self.assertEqual(found, [25.0, 27.9, 38.2, 42.6, 67.0, 69.3, 78.6, 96.4, 98.8])

    def test_before_the_start_and_after_the_end_the_line_stays_on_the_drawing(self):
        self.assertEqual(ramp(BOUNDS, 0, -3).today_line, 'M0.0 28V-9')
        self.assertEqual(ramp(BOUNDS, 65, 90).today_line, 'M400.0 28V-9')
        self.assertEqual(ramp(BOUNDS, 0, None).today_line, '')
        self.assertEqual(ramp(BOUNDS, 0, 0).labels, ())

    def test_a_track_without_phases_or_dates_is_still_drawn(self):
        self.assertEqual([len(ramp(bounds, 3, 4).segments) for bounds in ((), (0, 0), (0, 0, 0))], [1, 1, 2])

    def test_done_ahead_of_today_changes_the_sides(self):
        found = ramp(BOUNDS, 39, 30).labels

        self.assertEqual(
            [(line.x, line.dx, line.anchor, line.parts[0].kind) for line in found],
            [('59.1%', '-7', 'end', 'today'), ('69.3%', '2', 'start', 'done')],
        )

    def test_at_an_edge_both_labels_share_a_line(self):
        first, last = ramp(BOUNDS, 1, 2).labels, ramp(BOUNDS, 64, 65).labels

        self.assertEqual([(line.x, line.dx, line.anchor) for line in first], [('10.0%', '7', 'start')])
        self.assertEqual([(line.x, line.dx, line.anchor) for line in last], [('100.0%', '-7', 'end')])
        self.assertEqual([(part.kind, part.dx) for part in first[0].parts], [('today', '0'), ('done', '12')])
        self.assertEqual([(part.kind, part.dx) for part in last[0].parts], [('done', '0'), ('today', '12')])

    def test_on_a_phone_each_label_has_its_row(self):
        found = ramp(BOUNDS, 14, 17).narrow_labels

        self.assertEqual(
            [(line.x, line.y, line.anchor, line.parts[0].kind) for line in found],
            [('38.2%', '15', 'start', 'done'), ('42.6%', '33', 'start', 'today')],
        )

    def test_the_description_says_not_started_and_over_time(self):
        self.assertEqual(ramp_words(0, 0, 65), 'Not started yet. The plan has 65 working days.')
        self.assertEqual(ramp_words(0, None, 1), 'Not started yet. The plan has 1 working day.')
        self.assertEqual(
            ramp_words(60, 70, 65), 'Work done matches the plan for working day 60 of 65. Today is working day 70.'
        )

    @settings(max_examples=100, deadline=None)
    @given(bounds_lists, st.integers(-5, 250), st.integers(-5, 250), st.booleans())
    def test_segments_are_equal_apart_rise_and_fill_up_to_what_is_done(self, bounds, done, today, is_mini):
        found = ramp(bounds, done, today, is_mini=is_mini)
        phases = len(bounds) - 1
        tracks = [numbers(segment.track) for segment in found.segments]

        self.assertEqual(len(tracks), phases)
        self.assertEqual((tracks[0][0], tracks[-1][3]), (0, 400))
        for number, (left, _base, _y, right, *_rest) in enumerate(tracks):
            self.assertTrue(number * 400 / phases - 0.1 <= left < right <= (number + 1) * 400 / phases + 0.1)
        heights = [y for track in tracks for y in (track[2], track[4])]
        self.assertEqual(heights, sorted(heights, reverse=True))
        filled = max((numbers(segment.fill)[3] for segment in found.segments if segment.fill), default=0)
        self.assertLessEqual(filled, position(done, bounds) * 4 + 0.1)
        fills = [bool(segment.fill) for segment in found.segments]
        self.assertEqual(fills, sorted(fills, reverse=True))

    @settings(max_examples=100, deadline=None)
    @given(bounds_lists, st.integers(-5, 250), st.integers(-5, 250))
    def test_positions_keep_the_order_of_days(self, bounds, one, other):
        first, last = sorted([one, other])

        self.assertTrue(0 <= position(first, bounds) <= position(last, bounds) <= 100)

    @settings(max_examples=200, deadline=None)
    @given(bounds_lists, st.integers(-5, 250), st.integers(-5, 250))
    def test_labels_neither_overlap_nor_run_out(self, bounds, done, today):
        found = ramp(bounds, done, today)

        for lines, width in ((found.labels, WIDE), (found.narrow_labels, NARROW)):
            for row in {line.y for line in lines}:
                spans = sorted(span(line, width) for line in lines if line.y == row)
                self.assertTrue(all(left >= -0.1 and right <= 100.1 for left, right in spans), spans)
                self.assertTrue(all(one[1] <= other[0] for one, other in pairwise(spans)), spans)
            kinds = sorted(part.kind for line in lines for part in line.parts)
            self.assertEqual(kinds, ['done'] * (done >= 1) + ['today'] * (today >= 1))

    @settings(max_examples=200, deadline=None)
    @given(bounds_lists, st.integers(-5, 250), st.integers(-5, 250))
    def test_no_label_lies_on_the_line_for_today(self, bounds, done, today):
        found, at = ramp(bounds, done, today), position(today, bounds)

        for lines, width in ((found.labels, WIDE), (found.narrow_labels, NARROW)):
            for left, right in [span(line, width) for line in lines if width == WIDE or line.y == '33']:
                self.assertFalse(left < at < right)


def span(line, ramp_width):
    """From where to where a label line reaches, in percent."""
    spaces = sum(int(part.dx) for part in line.parts)
    wide = text_width(''.join(part.text for part in line.parts), ramp_width, spaces)
    x = float(line.x.rstrip('%')) + int(line.dx) / ramp_width * 100
    left = {'start': x, 'middle': x - wide / 2, 'end': x - wide}[line.anchor]
    return left, left + wide


PLAN = [(on(-1), 0), (on(0), 2), (on(20), 10)]
DONE = [(on(-1), 0), (on(0), 1), (on(10), 4), (on(22), 4)]


class BurnUpTests(SimpleTestCase):
    def test_lines_table_and_words(self):
        found = burn_up(PLAN, DONE, TODAY, tone='warn')

        self.assertEqual(found.plan, 'M34.0 210.0L56.0 173.6L496.0 28.0')
        self.assertEqual(found.done, 'M34.0 210.0H56.0V191.8H276.0V137.2H540.0')
        self.assertEqual(found.area, 'M34.0 210.0H56.0V191.8H276.0V137.2H540.0V210H34.0z')
        self.assertEqual((found.dot_x, found.dot_y, found.today_x), ('540.0', '137.2', '540.0'))
        self.assertEqual(
            [(row.on, row.planned, row.done) for row in found.rows],
            [(on(-1), 0, 0), (on(0), 2, 1), (on(10), 2, 4), (on(20), 10, 4), (on(22), 10, 4)],
        )
        self.assertEqual(found.words, '4 of 10 items done by Tue 17 Nov, where the plan has 10.')

    def test_the_table_says_nothing_of_what_is_done_after_today(self):
        found = burn_up(PLAN, [(on(-1), 0), (on(3), 1)], on(3))

        self.assertEqual([row.done for row in found.rows], [0, 0, 1, None])

    def test_ticks_are_dates_and_round_counts(self):
        found = burn_up([(on(0), 0), (on(90), 37)], [(on(0), 0), (on(22), 13)], TODAY)

        self.assertEqual([tick.on for tick in found.dates], [on(0), on(28), on(56), on(84)])
        self.assertEqual([tick.count for tick in found.counts], [0, 10, 20, 30])

    def test_labels_at_one_place_move_apart(self):
        found = burn_up([(on(0), 0), (on(22), 10)], [(on(0), 0), (on(22), 10)], TODAY)

        self.assertEqual((found.plan_label.text, found.plan_label.y), ('Plan: 10', '32.0'))
        self.assertEqual((found.done_label.text, found.done_label.y), ('Done: 10', '46.0'))

    def test_before_the_first_day_there_is_only_the_plan(self):
        found = burn_up([(on(0), 0), (on(22), 10)], [], on(-9))

        self.assertEqual((found.done, found.area, found.done_label, found.today_x), ('', '', None, ''))
        self.assertEqual(found.words, '10 items planned, not started yet.')

    def test_nothing_at_all_is_drawn_as_nothing(self):
        found = burn_up([], [], TODAY)

        self.assertEqual((found.plan, found.done, found.rows), ('', '', ()))

    @settings(max_examples=100, deadline=None)
    @given(
        st.dictionaries(st.integers(-30, 400), st.integers(0, 9), max_size=15),
        st.dictionaries(st.integers(0, 300), st.integers(0, 9), max_size=15),
        st.integers(-10, 400),
    )
    def test_everything_stays_on_the_plot(self, planned, finished, today):
        plan, done = cumulative(planned), [point for point in cumulative(finished) if point[0] <= on(today)]
        found = burn_up(plan, done, on(today))
        labels = [label for label in (found.plan_label, found.done_label) if label]

        for label in labels:
            self.assertTrue(12 <= float(label.y) <= PLOT_HEIGHT - 24, label)
            self.assertLess(float(label.x) + len(label.text) * 7, PLOT_WIDTH)
        if len(labels) == 2:
            (x1, y1), (x2, y2) = ((float(label.x), float(label.y)) for label in labels)
            self.assertTrue(abs(y1 - y2) >= 13.9 or abs(x1 - x2) >= 56)
        xs = [float(tick.x) for tick in found.dates]
        self.assertTrue(all(34 <= x <= 540 for x in xs) and 1 <= len(xs) <= 7)
        self.assertTrue(all(later - sooner >= 44 for sooner, later in pairwise(xs)))
        self.assertLessEqual(len(found.counts), 6)


def cumulative(counts):
    total, series = 0, []
    for number, more in sorted(counts.items()):
        total += more
        series.append((on(number), total))
    return series


PHASES = [
    PhaseProgress('Week 1', 's-week-1', 9, 9, on(0), on(4), 'done', on(4), 0, 5),
    PhaseProgress('Day 30', 's-day-30', 12, 4, on(7), date(2026, 11, 24), 'current', None, 5, 22),
    PhaseProgress('Day 60', 's-day-60', 9, 0, date(2026, 11, 25), None, 'not_open', None, 22, 44),
    PhaseProgress('<Day> 90', '', 1, 0, date(2026, 12, 28), None, 'not_open', None, 44, 65),
]


class TemplateTests(SimpleTestCase):
    def render(self, name, **context):
        text = render_to_string(f'components/{name}.html', context)
        self.assertNotIn('style=', text)
        return html.fromstring(text)

    def test_the_ramp_shows_drawing_labels_and_phases(self):
        found = self.render('_ramp', ramp=ramp(BOUNDS, 14, 17), phases=PHASES, track_url='/onboarding/3/')

        drawing = found.xpath('//svg[@role="img"]')[0]
        self.assertEqual(drawing.get('aria-label'), ramp(BOUNDS, 14, 17).words)
        self.assertEqual([path.get('class') for path in drawing], ['t', 'f', 't', 'f', 't', 't', 'n'])
        self.assertEqual(
            [text.text_content() for text in found.xpath('//svg[@class="ramplab wide"]/text')],
            ['Done: plan day 14', 'Today: day 17'],
        )
        self.assertEqual(
            [' '.join(li.text_content().split()) for li in found.xpath('//li')],
            [
                'Week 1 9 of 9, finished Fri 30 Oct',
                'Day 30 4 of 12, ends Tue 24 Nov',
                'Day 60 9 items, from Wed 25 Nov',
                '<Day> 90 1 item, from Mon 28 Dec',
            ],
        )
        self.assertEqual(found.xpath('//li[@aria-current="step"]/a/@href'), ['/onboarding/3/#s-day-30'])

    def test_a_phase_that_should_be_over_says_so(self):
        late = replace(PHASES[1], is_late=True)
        found = self.render('_ramp', ramp=ramp(BOUNDS, 14, 17), phases=[late], track_url='/onboarding/3/')

        self.assertEqual(
            [' '.join(li.text_content().split()) for li in found.xpath('//li')],
            ['Day 30 4 of 12, was to end Tue 24 Nov'],
        )

    def test_the_mini_ramp_is_one_drawing(self):
        found = self.render(
            '_ramp_mini', ramp=ramp(BOUNDS, 5, 7, is_mini=True, tone='warn', words='Maya "<b>": behind')
        )

        self.assertEqual((found.tag, found.get('class')), ('svg', 'ramp warn mini'))
        self.assertEqual(found.get('aria-label'), 'Maya "<b>": behind')

    def test_the_burn_up_shows_lines_and_the_table_behind_them(self):
        found = self.render('_burn_up', burn_up=burn_up(PLAN, DONE, TODAY, tone='late'))

        self.assertEqual(found.xpath('//path[starts-with(@class, "act")]/@class'), ['act late'])
        self.assertEqual(
            [[cell.text_content() for cell in row] for row in found.xpath('//details//tbody/tr')][:2],
            [['Sun 25 Oct', '0', '0'], ['Mon 26 Oct', '2', '1']],
        )
        self.assertEqual(found.xpath('//figcaption')[0].text, burn_up(PLAN, DONE, TODAY).words)

    def test_no_language_puts_its_decimal_comma_into_a_path(self):
        with translation.override('de'):
            found = self.render('_burn_up', burn_up=burn_up(PLAN, DONE, TODAY))
            drawing = self.render('_ramp', ramp=ramp(BOUNDS, 14, 17))

        places = found.xpath('//svg//@d | //svg//@x | //svg//@y | //svg//@cx') + drawing.xpath('//svg//@d | //svg//@x')
        self.assertEqual([place for place in places if ',' in place], [])
        self.assertGreater(len(places), 20)
