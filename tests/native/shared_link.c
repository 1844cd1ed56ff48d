/* SPDX-License-Identifier: MIT */
#include "shared_link.h"

#define TICK_MS 10
#define SAMPLE_MS 500
#define GROWTH 0.01 /* of the capacity, in a tick */
#define DRAW_BACK 0.7
#define QUEUE                                                                                      \
    1.03 /* the sum of all may be so much above the capacity before somebody loses a packet */

void shared_link_init(struct shared_link *link, double capacity, int our_flows)
{
    *link = (struct shared_link){
        .capacity = capacity, .our_flows = our_flows, .our_want = GREEDY, .dice = 1};
}

static double dice(struct shared_link *link)
{
    link->dice = link->dice * 1103515245u + 12345u;
    return (double)(link->dice >> 16 & 0x7FFF) / 0x8000;
}

static void grow(struct shared_link *link, struct flow *flow)
{
    flow->rate += link->capacity * GROWTH;
    flow->rate = flow->rate > flow->want ? flow->want : flow->rate;
}

static double all(const struct shared_link *link)
{
    double sum = link->foreign.rate;
    for (int i = 0; i < link->our_flows; i++)
        sum += link->ours[i].rate;
    return sum;
}

/* Who loses a packet draws back: the larger a flow, the likelier. */
static void lose_packets(struct shared_link *link)
{
    double sum = all(link);
    while (sum > link->capacity * QUEUE) {
        double at = dice(link) * sum - link->foreign.rate;
        struct flow *loser = &link->foreign;
        for (int i = 0; i < link->our_flows && at > 0; i++) {
            loser = &link->ours[i];
            at -= loser->rate;
        }
        double lost = loser->rate * (1 - DRAW_BACK);
        loser->rate -= lost;
        sum -= lost;
    }
}

static void tick(struct shared_link *link, double *ours, double *foreign)
{
    uint64_t allowed = rate_allowed(&link->rate);
    double want =
        allowed == RATE_FREE || (double)allowed > link->our_want ? link->our_want : (double)allowed;
    grow(link, &link->foreign);
    for (int i = 0; i < link->our_flows; i++) {
        link->ours[i].want = want / link->our_flows;
        grow(link, &link->ours[i]);
    }
    lose_packets(link);
    double sum = all(link);
    double passes = sum > link->capacity ? link->capacity / sum : 1;
    double tick_s = TICK_MS / 1000.0;
    *foreign += link->foreign.rate * passes * tick_s;
    *ours += (sum - link->foreign.rate) * passes * tick_s;
}

void shared_link_run(struct shared_link *link, unsigned seconds)
{
    link->our_bytes = link->foreign_bytes = 0;
    for (unsigned sample = 0; sample < seconds * 1000 / SAMPLE_MS; sample++) {
        double ours = 0, foreign = 0;
        for (int i = 0; i < SAMPLE_MS / TICK_MS; i++)
            tick(link, &ours, &foreign);
        rate_sample(&link->rate, SAMPLE_MS, (uint64_t)(ours + foreign), (uint64_t)ours);
        link->our_bytes += ours;
        link->foreign_bytes += foreign;
    }
    link->our_bytes /= seconds;
    link->foreign_bytes /= seconds;
}

double shared_link_ours(const struct shared_link *link)
{
    return link->our_bytes / link->capacity;
}

double shared_link_foreign(const struct shared_link *link)
{
    return link->foreign_bytes / link->capacity;
}
