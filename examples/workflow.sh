#!/bin/sh
# A photo shoot from the first listing to the last vote, with curl; then the same as a test in CI would do it.
# Environment: QAMERA_BASE_URL, QAMERA_API_KEY, QAMERA_POLL_SECONDS. Needs curl, and python3 to read JSON.
set -eu

base=${QAMERA_BASE_URL:-http://127.0.0.1:4010}
key=${QAMERA_API_KEY:-mk_live_abc123.secret456}
pause=${QAMERA_POLL_SECONDS:-1}
most_polls=120

fail() {
  echo "workflow.sh: $*" >&2
  exit 1
}

# send METHOD PATH [JSON]: prints the reply's body. An error status ends the program, with the body that says why.
send() {
  if [ $# -gt 2 ]; then set -- "$1" "$2" --header "Content-Type: application/json" --data "$3"; fi
  method=$1 path=$2
  shift 2
  answer=$(curl --silent --show-error --fail-with-body \
    --request "$method" --header "X-Api-Key: $key" "$@" "$base$path") ||
    fail "$method $path: $answer"
  printf '%s\n' "$answer"
}

get() {
  send GET "$1"
}

# pick EXPRESSION [WORD...]: evaluates a Python expression on the JSON from standard input, called `it`, and the words,
# called `words`; prints lists line by line.
pick() {
  python3 -c '
import json, sys
it = json.load(sys.stdin)
words = sys.argv[2:]
value = eval(sys.argv[1])
print("\n".join(map(str, value)) if isinstance(value, list) else value)
' "$@"
}

# expect WHAT WANTED GOT
expect() {
  [ "$2" = "$3" ] || fail "$1: expected $2, got $3"
  echo "ok: $1"
}

register_four() {
  send POST /api/external/image-picker/register-ideas "{
    \"config\": {
      \"product\": {\"id\": \"$product\"},
      \"model\": {\"id\": \"$model\"},
      \"scenery\": {\"id\": \"$scenery\"},
      \"industry\": \"fashion\",
      \"suggestions\": \"soft morning light\"
    },
    \"count\": 4
  }"
}

# count_ours PATH STATUS: how many of our images a listing shows in that status.
count_ours() {
  # The ids are separated by white space on purpose.
  # shellcheck disable=SC2086
  get "$1" | pick '[i["status"] for i in it["images"] if i["id"] in words].count(words[0])' "$2" $ids
}

choose() {
  product=$(get /api/external/products | pick 'it["products"][0]["id"]')
  model=$(get "/api/external/models?statusFilter=approved" | pick 'it["models"][0]["id"]')
  scenery=$(get "/api/external/sceneries?statusFilter=approved" | pick 'it["sceneries"][0]["id"]')
  shoot="/api/external/image-picker?productId=$product"
}

echo "== A photo shoot =="
choose
echo "shooting $product with $model in $scenery"
registration=$(register_four)
ids=$(echo "$registration" | pick 'it["createdRecordIds"]')
echo "$registration" | pick '"order {orderId} reserved {creditsReserved} credits".format(**it)'

polls=0
while finished=$(count_ours "$shoot" DONE) && [ "$finished" -lt 4 ]; do
  polls=$((polls + 1))
  [ "$polls" -lt "$most_polls" ] || fail "the images are not DONE after $polls polls"
  sleep "$pause"
done
[ "$finished" = 4 ] || fail "the listing cannot be read"
echo "ok: all four images are DONE"

# shellcheck disable=SC2086
set -- $ids
send POST /api/external/packshots/update-packshot "{\"recordId\": \"$1\", \"Voting\": \"APPROVED\"}" >/dev/null
send POST /api/external/packshots/update-packshot "{\"recordId\": \"$2\", \"Voting\": \"REJECTED\"}" >/dev/null
expect "the approved image is the only one of ours in the approved listing" 1 \
  "$(count_ours "$shoot&statusFilter=approved" DONE)"
expect "the rejected image has left the listing" 3 "$(count_ours "$shoot" DONE)"

echo "== The same as a test in CI =="
if ! curl --silent --fail --output /dev/null "$base/__admin/health"; then
  echo "skipped: $base is no qamera-mock"
  exit 0
fi
# A key of its own is an account of its own: this test disturbs no other, and no other disturbs it.
key="mk_live_happy-path.shell-$$-$(date +%s)"
send PUT /__admin/clock '{"mode": "manual"}' >/dev/null
choose
ids=$(register_four | pick 'it["createdRecordIds"]')
expect "four images are INPROGRESS" 4 "$(count_ours "$shoot" INPROGRESS)"
fired=$(send POST /__admin/clock/advance '{"until": "idle"}' | pick 'len(it["fired"])')
expect "the clock fired four transitions, without waiting for one" 4 "$fired"
expect "four images are DONE" 4 "$(count_ours "$shoot" DONE)"
expect "40 credits are consumed" 40 "$(get /__admin/credits | pick 'it["consumed"]')"
