/* SPDX-License-Identifier: MIT */
/* Is there a network? As the system of this machine says it, and as addresses say it. */
#ifdef _WIN32
#include <winsock2.h>
#else
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "platform/network.h"

static void addresses_that_others_cannot_reach_weigh_nothing(void **state)
{
    static const uint8_t own4[][4] = {
        {127, 0, 0, 1}, {127, 9, 9, 9}, {169, 254, 1, 2}, {0, 0, 0, 0}};
    static const uint8_t others4[][4] = {
        {10, 0, 0, 1}, {192, 168, 1, 2}, {169, 253, 1, 2}, {126, 255, 255, 255}, {128, 0, 0, 1}};
    static const uint8_t own6[][16] = {
        {[15] = 1}, {0}, {0xFE, 0x80, [15] = 7}, {0xFE, 0xBF, [15] = 7}};
    static const uint8_t others6[][16] = {
        {0xFD, [15] = 1}, {0x20, 0x01, [15] = 1}, {0xFE, 0xC0, [15] = 1}, {[15] = 2}, {[0] = 1}};
    for (size_t i = 0; i < sizeof own4 / sizeof *own4; i++) {
        assert_int_equal(network_weight(own4[i], 4), 0);
    }
    for (size_t i = 0; i < sizeof others4 / sizeof *others4; i++) {
        assert_int_not_equal(network_weight(others4[i], 4), 0);
    }
    for (size_t i = 0; i < sizeof own6 / sizeof *own6; i++) {
        assert_int_equal(network_weight(own6[i], 16), 0);
    }
    for (size_t i = 0; i < sizeof others6 / sizeof *others6; i++) {
        assert_int_not_equal(network_weight(others6[i], 16), 0);
    }
}

static void another_address_is_another_network(void **state)
{
    assert_int_not_equal(network_weight((const uint8_t[]){10, 0, 0, 1}, 4),
                         network_weight((const uint8_t[]){10, 0, 0, 2}, 4));
    assert_int_not_equal(network_weight((const uint8_t[]){10, 0, 0, 1}, 4),
                         network_weight((const uint8_t[]){10, 0, 1, 0}, 4));
}

static void the_same_network_looks_the_same(void **state)
{
    assert_int_equal(network_look(), network_look());
}

/* The routing table's opinion: which address of ours would a packet to the outside bear? Nothing is sent. */
static bool has_way_out(void)
{
    struct sockaddr_in outside = {.sin_family = AF_INET, .sin_port = htons(9)};
    struct sockaddr_in own = {.sin_family = AF_INET};
    outside.sin_addr.s_addr = htonl(0xC6336401); /* 198.51.100.1, for documentation */
#ifdef _WIN32
    int size = sizeof own;
    SOCKET handle = socket(AF_INET, SOCK_DGRAM, 0);
#else
    socklen_t size = sizeof own;
    int handle = socket(AF_INET, SOCK_DGRAM, 0);
#endif
    bool way = connect(handle, (struct sockaddr *)(void *)&outside, sizeof outside) == 0 &&
               getsockname(handle, (struct sockaddr *)(void *)&own, &size) == 0 &&
               own.sin_addr.s_addr != 0 && ntohl(own.sin_addr.s_addr) >> 24 != 127;
#ifdef _WIN32
    closesocket(handle);
#else
    close(handle);
#endif
    return way;
}

static void a_machine_that_others_can_reach_has_a_network(void **state)
{
    if (!has_way_out()) {
        skip();
    }
    assert_int_not_equal(network_look(), NETWORK_NONE);
    assert_int_not_equal(network_look(), NETWORK_UNKNOWN);
}

#ifdef __linux__
/* A child in a world of its own, which has a loopback interface only. */
static void a_machine_with_nothing_but_loopback_has_none(void **state)
{
    enum { SEES_NONE, SEES_ONE, MAY_NOT };
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        _exit(unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 ? MAY_NOT
              : network_look() == NETWORK_NONE                                         ? SEES_NONE
                                                                                       : SEES_ONE);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == MAY_NOT) {
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), SEES_NONE);
}
#endif

static uint64_t say_42(void)
{
    return 42;
}

static void a_test_can_answer_for_the_system(void **state)
{
    uint64_t before = network_look();
    network_seam_set(say_42);
    assert_int_equal(network_look(), 42);
    network_seam_set(NULL);
    assert_int_equal(network_look(), before);
}

static int begin(void **state)
{
    (void)state;
#ifdef _WIN32
    WSADATA ignored;
    return WSAStartup(MAKEWORD(2, 2), &ignored);
#else
    return 0;
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_that_others_cannot_reach_weigh_nothing),
        cmocka_unit_test(another_address_is_another_network),
        cmocka_unit_test(the_same_network_looks_the_same),
        cmocka_unit_test(a_machine_that_others_can_reach_has_a_network),
#ifdef __linux__
        cmocka_unit_test(a_machine_with_nothing_but_loopback_has_none),
#endif
        cmocka_unit_test(a_test_can_answer_for_the_system),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
