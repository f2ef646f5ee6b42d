#!/bin/sh
# A whole child in plain POSIX shell: topic counting, variant sequential.
# It shows that any language can join; see runner/PROTOCOL.md.

say() { printf '%s\n' "$1" >&"$TANDEM_FD"; }

fail() {
	say "{\"failed\":\"$1\"}"
	exit 1
}

# field NAME prints the value of a field of the request that is no object:
# a shell has no JSON, but knows what this runner sends.
field() { printf '%s\n' "$request" | sed -n 's/.*"'"$1"'":\("[^"]*"\|[^,}]*\).*/\1/p'; }

# now prints nanoseconds. Where date knows no %N it is seconds and zeroes.
# A shell has no monotonic clock: do not measure with this child.
now() { date +%s%N | sed 's/[^0-9]*$//; /^.\{1,12\}$/s/$/000000000/'; }

IFS= read -r request || fail "no request"
case $(field topic)/$(field variant) in
'"counting"/"sequential"') ;;
*) fail "unknown topic or variant: have counting/sequential" ;;
esac
n=$(field n)
case $n in
'') fail 'param \"n\": missing, want an integer' ;;
*[!0-9]*) fail "param \\\"n\\\": want an integer, got $(printf '%s' "$n" | sed 's/"/\\"/g')" ;;
esac

say '{"ready":{"language":"sh","version":"posix"}}'
IFS= read -r go || exit 1
[ "$go" = '{"go":true}' ] || fail 'want {\"go\":true}'

start=$(now)
count=0
while [ "$count" -lt "$n" ]; do
	count=$((count + 1))
done
elapsed=$(($(now) - start))

say "{\"done\":{\"elapsed_ns\":$elapsed,\"answer\":\"$count\",\"metrics\":{}}}"
case $(field trace) in
true) say "{\"events\":[{\"at_ns\":0,\"worker\":0,\"kind\":\"start\",\"label\":\"count\"},{\"at_ns\":$elapsed,\"worker\":0,\"kind\":\"finish\",\"label\":\"count\"}]}" ;;
esac

# The runner takes its last readings, then closes our input.
cat >/dev/null
