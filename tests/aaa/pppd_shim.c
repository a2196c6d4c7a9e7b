/* Copyright: (c) 2026, vpnops.pptp maintainers
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 *
 * Preloaded into pppd, which ends for lack of a device: on its way out it asks the plugin that it has loaded to check
 * one MS-CHAPv2 response, as chap-new.c would (chap_verify_response). So radius.so works with real options, real files
 * and real packets where the kernel has no PPP. In: SHIM_USER, SHIM_CHALLENGE (16 bytes, hex), SHIM_RESPONSE (49).
 * Out: one line on standard error, which "logfd 2" keeps; "notty" takes the other two descriptors away from all but a
 * child that may be killed before it has its answer (tty.c, connect_tty and start_charshunt).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MICROSOFT_V2 0x81 /* pppd/chap.h, CHAP_MICROSOFT_V2 */

typedef int verify(char *, char *, int, void *, unsigned char *, unsigned char *, char *, int);

/* A field of CHAP: its length, then its bytes. */
static void field(const char *name, unsigned char *out, unsigned char length)
{
	const char *hex = getenv(name);
	unsigned int i, byte;

	*out++ = length;
	for (i = 0; hex && i < length && sscanf(hex + 2 * i, "%2x", &byte) == 1; i++)
		*out++ = byte;
}

static int keys(void)
{
	int (*isset)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "mppe_keys_isset"); /* pppd 2.5 */
	int *set = dlsym(RTLD_DEFAULT, "mppe_keys_set");                            /* pppd 2.4 */

	return isset ? !!isset() : set ? *set : -1;
}

static int asking;

/* A child for ntlm_auth closes descriptors that pppd has not opened yet, and which still are 0: they are its pipes. */
int close(int fd)
{
	int (*really)(int) = (int (*)(int))dlsym(RTLD_NEXT, "close");

	return asking && fd < 3 ? 0 : really(fd);
}

static void ask(void)
{
	verify **hook = dlsym(RTLD_DEFAULT, "chap_verify_hook");
	unsigned char challenge[17], response[50];
	union { int code; char room[256]; } digest;
	char user[256], message[1024] = "";
	int good;

	if (!hook || !*hook || !getenv("SHIM_USER"))
		return;
	asking = 1;
	signal(SIGPIPE, SIG_IGN); /* as pppd does, later */
	memset(&digest, 0, sizeof digest);
	digest.code = MICROSOFT_V2;
	snprintf(user, sizeof user, "%s", getenv("SHIM_USER"));
	field("SHIM_CHALLENGE", challenge, 16);
	field("SHIM_RESPONSE", response, 49);
	good = (*hook)(user, "vpn", 7, &digest, challenge, response, message, sizeof message);
	dprintf(STDERR_FILENO, "verify=%d keys=%d message=%s\n", good, keys(), message);
}

/* Before the handlers of atexit(3): one of them ends OpenSSL, which pppd 2.5 needs. */
void exit(int status)
{
	void (*leave)(int) = (void (*)(int))dlsym(RTLD_NEXT, "exit");

	ask();
	leave(status);
	abort();
}
