/* SPDX-License-Identifier: Apache-2.0 */
/* Timers fire once, in order, when they are due, and not after they were cancelled. */
#include "base/loop.h"
#include "tap_main.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int64_t now_ms;
static int64_t waited_ms; /* of the last wait; -1: there was none */
static char fired[256];
static struct loop *loop;

static int64_t fake_now(struct clock *clock)
{
    return now_ms;
}

static uint64_t fake_random(struct clock *clock)
{
    return 4;
}

static void fake_wait(struct transport *transport, int64_t timeout_ms)
{
    waited_ms = timeout_ms;
    now_ms += timeout_ms;
}

static const struct clock_ops clock_ops = {fake_now, fake_now, fake_random};
static struct clock fake_clock = {&clock_ops};
static const struct transport_ops transport_ops = {.wait = fake_wait};
static struct transport fake_transport = {&transport_ops};

static void set_up(void)
{
    now_ms = 1000;
    waited_ms = -1;
    fired[0] = '\0';
    loop = loop_new(&fake_clock, &fake_transport);
    ck_assert_ptr_nonnull(loop);
}

static void tear_down(void)
{
    loop_free(loop);
}

static void fire(void *context)
{
    strcat(fired, context);
}

static uint64_t after(int64_t delay_ms, const char *name)
{
    uint64_t id = loop_after(loop, delay_ms, fire, (void *)name);
    ck_assert_uint_ne(id, 0);
    return id;
}

START_TEST(timers_fire_in_the_order_they_are_due)
{
    after(30, "c");
    after(10, "a");
    after(10, "b"); /* as due as a, but set later */
    after(40, "d");
    while (loop_turn(loop, 1000))
        ;
    ck_assert_str_eq(fired, "abcd");
    ck_assert_int_eq(now_ms, 1040);
}
END_TEST

START_TEST(a_turn_waits_for_the_next_timer_at_most)
{
    static const struct {
        int64_t delay_ms;
        int64_t limit_ms;
        int64_t waited_ms;
    } cases[] = {{50, 200, 50}, {500, 200, 200}, {-5, 200, 0},     {0, 200, 0},
                 {50, 0, 0},    {50, -1, 0},     {INT64_MAX, 7, 7}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t timer = after(cases[i].delay_ms, "x");
        loop_turn(loop, cases[i].limit_ms);
        ck_assert_msg(waited_ms == cases[i].waited_ms, "case %zu waited %lld", i,
                      (long long)waited_ms);
        loop_cancel(loop, timer);
    }
    ck_assert(!loop_turn(loop, 30));
    ck_assert_int_eq(waited_ms, 30);
}
END_TEST

START_TEST(a_turn_that_fired_does_not_wait)
{
    after(0, "a");
    after(100, "b");
    ck_assert(loop_turn(loop, 1000));
    ck_assert_int_eq(waited_ms, 0);
    ck_assert_str_eq(fired, "a");
}
END_TEST

static void fire_and_set_again(void *context)
{
    strcat(fired, "r");
    loop_after(loop, 0, fire_and_set_again, NULL);
}

START_TEST(timers_set_while_firing_wait_for_the_next_turn)
{
    loop_after(loop, 0, fire_and_set_again, NULL);
    loop_turn(loop, 0);
    ck_assert_str_eq(fired, "rr"); /* before and after the wait */
}
END_TEST

static uint64_t victim;

static void cancel_victim(void *context)
{
    strcat(fired, "c");
    loop_cancel(loop, victim);
}

START_TEST(cancelled_timers_do_not_fire)
{
    loop_after(loop, 10, cancel_victim, NULL);
    victim = after(10, "v"); /* due in the same instant, cancelled by the one before */
    uint64_t other = after(5, "o");
    after(20, "z");
    loop_cancel(loop, other);
    loop_cancel(loop, other);
    loop_cancel(loop, 0);
    loop_cancel(loop, UINT64_MAX);
    while (loop_turn(loop, 1000))
        ;
    ck_assert_str_eq(fired, "cz");
}
END_TEST

START_TEST(an_old_id_does_not_cancel_a_later_timer)
{
    uint64_t first = after(0, "a");
    loop_turn(loop, 0);
    uint64_t second = after(0, "b");
    ck_assert_uint_ne(first, second);
    loop_cancel(loop, first);
    loop_turn(loop, 0);
    ck_assert_str_eq(fired, "ab");
}
END_TEST

enum { MANY = 5000 };

static int64_t last_due;
static int count;

static void check_order(void *context)
{
    int64_t due = (int64_t)(intptr_t)context;
    ck_assert_int_ge(due, last_due);
    last_due = due;
    count++;
}

START_TEST(many_timers_keep_their_order_while_half_are_cancelled)
{
    static uint64_t ids[MANY];
    uint32_t chance = 1;
    last_due = count = 0;
    for (int i = 0; i < MANY; i++) {
        chance = chance * 1664525u + 1013904223u;
        int64_t delay = chance >> 20;
        ids[i] = loop_after(loop, delay, check_order, (void *)(intptr_t)(now_ms + delay));
    }
    for (int i = 0; i < MANY; i += 2)
        loop_cancel(loop, ids[i]);
    while (loop_turn(loop, 10000))
        ;
    ck_assert_int_eq(count, MANY / 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loop");
    TCase *cases = tcase_create("loop");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, timers_fire_in_the_order_they_are_due);
    tcase_add_test(cases, a_turn_waits_for_the_next_timer_at_most);
    tcase_add_test(cases, a_turn_that_fired_does_not_wait);
    tcase_add_test(cases, timers_set_while_firing_wait_for_the_next_turn);
    tcase_add_test(cases, cancelled_timers_do_not_fire);
    tcase_add_test(cases, an_old_id_does_not_cancel_a_later_timer);
    tcase_add_test(cases, many_timers_keep_their_order_while_half_are_cancelled);
    suite_add_tcase(suite, cases);
    return tap_main(suite);
}
