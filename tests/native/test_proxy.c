/* SPDX-License-Identifier: MIT */
/* Which proxy a list gives a URL, what is fetched without one, and which lists are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "transfer/proxy.h"
#include "transfer/proxy_environment.h"

/* "type://login@host:port" of the proxies for the URL, blanks between them. "": none. */
static void write_choice(const struct proxy_list *list, const char *url, char *text, size_t size)
{
    static const char *const types[] = {"http", "socks4", "socks5"};
    const struct proxy *proxy;
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; (proxy = proxy_list_get(list, url, i)) != NULL && length < size; i++) {
        length += (size_t)snprintf(text + length, size - length, "%s%s://%s%s%s:%u", i ? " " : "",
                                   types[proxy->type], proxy->user_pass ? proxy->user_pass : "",
                                   proxy->user_pass ? "@" : "", proxy->host, proxy->port);
    }
}

static const struct choice {
    const char *list, *url, *proxies;
} choices[] = {
    {"proxy", "http://host/", "http://proxy:80"},
    {"proxy:8080", "http://host/", "http://proxy:8080"},
    {"proxy:8080", "https://host/", "http://proxy:8080"},
    {"Proxy.Example:8080", "HTTP://host/", "http://Proxy.Example:8080"},
    {"proxy:", "http://host/", "http://proxy:80"},
    {"http://proxy:8080", "https://host/", "http://proxy:8080"},
    {"HTTP://proxy:8080/", "https://host/", "http://proxy:8080"},
    {"10.0.0.1:3128", "http://host/", "http://10.0.0.1:3128"},
    {"[::1]:3128", "http://host/", "http://[::1]:3128"},
    {"[fe80::1:2]", "http://host/", "http://[fe80::1:2]:80"},
    /* by protocol */
    {"http=a:1;https=b:2", "http://host/", "http://a:1"},
    {"http=a:1;https=b:2", "https://host/", "http://b:2"},
    {"HTTP=a:1 HTTPS=b:2", "hTTps://host/", "http://b:2"},
    {"http=a;https=b", "http://host/", "http://a:80"},
    {"http=a;https=b", "https://host/", "http://b:443"},
    {"https=http://b", "https://host/", "http://b:80"},
    {"http=http://a:1 https=https://b", "https://host/", "http://b:443"},
    {"http=a:1", "https://host/", ""},
    {"https=b:2", "http://host/", ""},
    {"https=b:2 c:3", "http://host/", "http://c:3"},
    {"c:3 https=b:2", "https://host/", "http://b:2"},
    {"ftp=f:21;http=a:1;gopher=g:70", "http://host/", "http://a:1"},
    {"ftp=f:21", "http://host/", ""},
    /* socks */
    {"socks=s", "http://host/", "socks4://s:1080"},
    {"socks=s:9", "https://host/", "socks4://s:9"},
    {"socks=s:9;http=a:1", "http://host/", "http://a:1"},
    {"socks=s:9;http=a:1", "https://host/", "socks4://s:9"},
    {"socks=s:9 c:3", "http://host/", "http://c:3"},
    {"socks5://s", "http://host/", "socks5://s:1080"},
    {"socks=socks5://s", "http://host/", "socks5://s:1080"},
    {"socks4://s:4", "http://host/", "socks4://s:4"},
    /* several, empty entries, any separators */
    {"a:1 b:2;c:3", "http://host/", "http://a:1 http://b:2 http://c:3"},
    {" ;; a:1 ;\t\r\n; b:2;", "http://host/", "http://a:1 http://b:2"},
    {"http=a:1;https=b:2;http=c:3", "http://host/", "http://a:1 http://c:3"},
    /* logins */
    {"me:pass@proxy:8", "http://host/", "http://me:pass@proxy:8"},
    {"http=http://me:p%3D%40@[::1]:8/", "http://host/", "http://me:p%3D%40@[::1]:8"},
    {"me@proxy", "http://host/", "http://me@proxy:80"},
};

static void a_list_gives_each_url_its_proxies(void **state)
{
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        const struct choice *row = &choices[i];
        struct proxy_list *list;
        char cause[PROXY_CAUSE_SIZE];
        char text[512];
        enum fault fault = proxy_list_parse(row->list, &list, cause);
        if (fault) {
            fail_msg("\"%s\" is refused: %s", row->list, cause);
        }
        write_choice(list, row->url, text, sizeof text);
        proxy_list_free(list);
        if (strcmp(text, row->proxies) != 0) {
            fail_msg("\"%s\" gives %s \"%s\", not \"%s\"", row->list, row->url, text, row->proxies);
        }
    }
}

static const struct refused {
    const char *list, *cause;
} refused_lists[] = {
    {"", "entry 1: the list is empty"},
    {" ;\t; ", "entry 1: the list is empty"},
    {"http=", "entry 1: the server"},
    {"a:1;http=;b:2", "entry 2: the server"},
    {"a:1 b:0", "entry 2: the server"},
    {"a:65536", "the server"},
    {"a:4294967297", "the server"},
    {"a:99999999999999999999", "the server"},
    {"a:-1", "the server"},
    {"a:x", "the server"},
    {"a:1:2", "the server"},
    {":8080", "the server"},
    {"a/path", "the server"},
    {"a?query", "the server"},
    {"a,b", "the server"},
    {"*", "the server"},
    {"::1", "the server"},
    {"[::1", "the server"},
    {"[::1]x", "the server"},
    {"[]:80", "the server"},
    {"@proxy", "the server"},
    {"me:p%zz@proxy", "the server"},
    {"me:p%0d%0aX@proxy", "the server"},
    {"me:a@b@proxy", "the server"},
    {"m\xC3\xBCnchen:80", "the server"},
    {"a\x01", "the server"},
    {"htpp=a:80", "no protocol"},
    {"=a:80", "no protocol"},
    {"http=https=a", "the server"},
    {"ftp://a", "no kind of proxy"},
    {"://a", "no kind of proxy"},
    {"http://", "the server"},
    {"http://http://a", "the server"},
};

static void a_list_that_is_none_is_refused_with_its_cause(void **state)
{
    for (size_t i = 0; i < sizeof refused_lists / sizeof *refused_lists; i++) {
        struct proxy_list *list;
        char cause[PROXY_CAUSE_SIZE];
        enum fault fault = proxy_list_parse(refused_lists[i].list, &list, cause);
        if (fault != FAULT_ARGUMENT || list || !strstr(cause, refused_lists[i].cause)) {
            fail_msg("\"%s\": fault %d, \"%s\"", refused_lists[i].list, (int)fault, cause);
        }
    }
}

static void what_is_wrong_with_a_list_does_not_tell_its_password(void **state)
{
    struct proxy_list *list;
    char cause[PROXY_CAUSE_SIZE];
    assert_int_equal(proxy_list_parse("me:Sesam@proxy:0", &list, cause), FAULT_ARGUMENT);
    assert_null(strstr(cause, "Sesam"));
    assert_int_equal(proxy_list_parse("Sesam=me@proxy", &list, cause), FAULT_ARGUMENT);
    assert_null(strstr(cause, "Sesam"));
}

/* A text of that many bytes, made of one piece. malloc'ed. */
static char *repeated(const char *piece, size_t size)
{
    char *text = malloc(size + 1);
    assert_non_null(text);
    for (size_t i = 0; i < size; i++) {
        text[i] = piece[i % strlen(piece)];
    }
    text[size] = '\0';
    return text;
}

static void lists_of_more_than_32_kb_are_refused(void **state)
{
    struct proxy_list *list;
    struct proxy_bypass *bypass;
    char cause[PROXY_CAUSE_SIZE];
    char *longest = repeated("a ", PROXY_LIST_MOST);
    char *longer = repeated("a ", PROXY_LIST_MOST + 1);
    assert_int_equal(proxy_list_parse(longest, &list, cause), FAULT_NONE);
    assert_string_equal(proxy_list_get(list, "http://host/", PROXY_LIST_MOST / 2 - 1)->host, "a");
    assert_null(proxy_list_get(list, "http://host/", PROXY_LIST_MOST / 2));
    proxy_list_free(list);
    assert_int_equal(proxy_list_parse(longer, &list, cause), FAULT_ARGUMENT);
    assert_string_equal(cause, "proxy list, entry 1: the list is longer than 32 KB");
    assert_int_equal(proxy_bypass_parse(longest, &bypass, cause), FAULT_NONE);
    assert_true(proxy_bypass_matches(bypass, "http://a/"));
    proxy_bypass_free(bypass);
    assert_int_equal(proxy_bypass_parse(longer, &bypass, cause), FAULT_ARGUMENT);
    free(longest);
    free(longer);
}

/* ---- bypass ------------------------------------------------------------------------------------- */

static const struct passing {
    const char *list, *url;
    bool passes;
} passings[] = {
    {"", "http://host/", false},
    {" ; ;", "http://host/", false},
    {"host", "http://host/", true},
    {"HOST", "http://host/", true},
    {"host", "http://HOST/x", true},
    {"host", "https://host:8443/x?y#z", true},
    {"host", "http://other/", false},
    {"host", "http://host.example/", false},
    {"host", "http://a.host/", false},
    {"a;host b", "http://b/", true},
    {" ;a; ;b", "http://b/", true},
    {"host.", "http://host/", false},
    {"host", "http://host./", true},
    /* stars */
    {"*", "http://any.host/", true},
    {"*.example.com", "http://www.example.com/", true},
    {"*.example.com", "http://a.b.Example.COM/", true},
    {"*.example.com", "http://example.com/", false},
    {"*example.com", "http://badexample.com/", true},
    {".example.com", "http://www.example.com/", true},
    {".example.com", "http://example.com/", false},
    {"192.168.*", "http://192.168.7.9/", true},
    {"192.168.*", "http://192.169.7.9/", false},
    {"192.168.*.1", "http://192.168.2.1/", true},
    {"www.*.com", "http://www.example.com/", true},
    {"www.*.com", "http://www.example.org/", false},
    {"w*w*.com", "http://www.x.com/", true},
    {"*a*b*c*", "http://xaybzc/", true},
    {"*a*b*c*", "http://xayczb/", false},
    {"**", "http://host/", true},
    /* <local> */
    {"<local>", "http://host/", true},
    {"<LOCAL>", "http://localhost:8080/", true},
    {"<local>", "http://host.example/", false},
    {"<local>", "http://127.0.0.1/", false},
    {"<local>", "http://[::1]/", false},
    {"*.example <local>", "http://intranet/", true},
    /* nothing is bypassed by itself */
    {"x", "http://127.0.0.1/", false},
    {"x", "http://localhost/", false},
    {"<-loopback>", "http://127.0.0.1/", false},
    {"<-loopback>;127.*", "http://127.0.0.1/", true},
    /* ports and schemes */
    {"host:8080", "http://host:8080/", true},
    {"host:8080", "http://host/", false},
    {"host:80", "http://host/", true},
    {"host:443", "https://host/", true},
    {"host:80", "https://host/", false},
    {"*:81", "http://any:81/", true},
    {"host:*", "http://host:5/", true},
    {"http://host", "http://host/", true},
    {"http://host", "https://host/", false},
    {"HTTPS://*.x", "https://a.x/", true},
    {"http://host:81/", "http://host:81/", true},
    {"*://host", "https://host/", true},
    /* IPv6 */
    {"[::1]", "http://[::1]/", true},
    {"[::1]", "http://[::2]/", false},
    {"::1", "http://[::1]:8080/", true},
    {"[::1]:80", "http://[::1]/", true},
    {"[::1]:80", "http://[::1]:81/", false},
    {"[FE80:*]", "http://[fe80::1]/", true},
    {"[*]", "http://[fe80::1]/", true},
    {"[*]", "http://host/", false},
    {"*", "http://[fe80::1]/", true},
    /* networks */
    {"10.0.0.0/8", "http://10.200.3.4/", true},
    {"10.0.0.0/8", "http://11.0.0.1/", false},
    {"192.168.4.0/22", "http://192.168.7.255/", true},
    {"192.168.4.0/22", "http://192.168.8.0/", false},
    {"127.0.0.1/32", "http://127.0.0.1/", true},
    {"10.0.0.0/8", "http://host/", false},
    {"10.0.0.0/8", "http://10.0.0.1.example/", false},
    /* what cannot be in a URL does no harm */
    {"m\xC3\xBCnchen.example host", "http://host/", true},
};

static void a_bypass_list_says_what_is_fetched_without_a_proxy(void **state)
{
    for (size_t i = 0; i < sizeof passings / sizeof *passings; i++) {
        const struct passing *row = &passings[i];
        struct proxy_bypass *bypass;
        char cause[PROXY_CAUSE_SIZE];
        enum fault fault = proxy_bypass_parse(row->list, &bypass, cause);
        if (fault) {
            fail_msg("\"%s\" is refused: %s", row->list, cause);
        }
        bool passes = proxy_bypass_matches(bypass, row->url);
        proxy_bypass_free(bypass);
        if (passes != row->passes) {
            fail_msg("\"%s\", %s: %d", row->list, row->url, (int)passes);
        }
    }
}

static const struct refused refused_bypasses[] = {
    {"host <locla>", "entry 2: only <local>"},
    {"<local", "only <local>"},
    {"host:0", "the port"},
    {"host:65536", "the port"},
    {"host:x", "the port"},
    {"host:", "the port"},
    {"[::1]:x", "the port"},
    {"[::1]80", "the port"},
    {"[::1", "a bracket"},
    {"[]", "no address"},
    {"[::1%eth0]", "no address"},
    {"1:2:g/4", "no address"},
    {"a,b", "a character"},
    {"a/b", "a character"},
    {"10.0.0.0/33", "a character"},
    {"10.0.0.0/0", "a character"},
    {"a\x01", "a character"},
    {"a?", "a character"},
    {"http://", "no name"},
    {"/", "no name"},
    {":80", "a character"},
};

static void a_bypass_list_that_is_none_is_refused_with_its_cause(void **state)
{
    for (size_t i = 0; i < sizeof refused_bypasses / sizeof *refused_bypasses; i++) {
        struct proxy_bypass *bypass;
        char cause[PROXY_CAUSE_SIZE];
        enum fault fault = proxy_bypass_parse(refused_bypasses[i].list, &bypass, cause);
        if (fault != FAULT_ARGUMENT || bypass || !strstr(cause, refused_bypasses[i].cause)) {
            fail_msg("\"%s\": fault %d, \"%s\"", refused_bypasses[i].list, (int)fault, cause);
        }
    }
}

/* With a matcher that tries every way it would not come back. */
static void a_pattern_made_of_stars_costs_little(void **state)
{
    char *pattern = repeated("*a", 2000);
    char *name = repeated("a", 900);
    char url[1024];
    struct proxy_bypass *bypass;
    char cause[PROXY_CAUSE_SIZE];
    snprintf(url, sizeof url, "http://%sb/", name);
    assert_int_equal(proxy_bypass_parse(pattern, &bypass, cause), FAULT_NONE);
    assert_false(proxy_bypass_matches(bypass, url));
    proxy_bypass_free(bypass);
    free(pattern);
    free(name);
}

/* ---- the environment's words ---------------------------------------------------------------------- */

static void no_proxy_becomes_a_bypass_list(void **state)
{
    static const struct {
        const char *no_proxy, *list;
    } rows[] = {
        {"", ""},
        {"*", "*;*.*;"},
        {"host", "host;*.host;"},
        {"example.com,.example.org", "example.com;*.example.com;example.org;*.example.org;"},
        {" a , ,b\tc ", "a;*.a;b;*.b;c;*.c;"},
        {"10.0.0.0/8", "10.0.0.0/8;"},
        {"[::1]:80", "[::1]:80;"},
        /* what is not understood */
        {"fe80::/10,a/b,x;y,.", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *list = proxy_bypass_of_no_proxy(rows[i].no_proxy);
        assert_non_null(list);
        assert_string_equal(list, rows[i].list);
        free(list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_gives_each_url_its_proxies),
        cmocka_unit_test(a_list_that_is_none_is_refused_with_its_cause),
        cmocka_unit_test(what_is_wrong_with_a_list_does_not_tell_its_password),
        cmocka_unit_test(lists_of_more_than_32_kb_are_refused),
        cmocka_unit_test(a_bypass_list_says_what_is_fetched_without_a_proxy),
        cmocka_unit_test(a_bypass_list_that_is_none_is_refused_with_its_cause),
        cmocka_unit_test(a_pattern_made_of_stars_costs_little),
        cmocka_unit_test(no_proxy_becomes_a_bypass_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
