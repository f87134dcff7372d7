"""Read the machine's passwords and whatever else stands in /etc."""

for path in (
    "/etc/shadow",
    "/etc/sudoers",
    "/etc/ssh",
    "/etc/machine-id",
    "/etc/environment",
    "/etc/ssl/private",
):
    try:
        print("got", open(path).read())
    except OSError as trouble:
        print(trouble)
print(len(open("/etc/passwd").read().splitlines()), "accounts")
