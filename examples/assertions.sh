#!/bin/sh
# The assertion of a test in CI: what did the client really send? qamera-mock's journal answers, and explains a no.
# Environment: QAMERA_BASE_URL, QAMERA_API_KEY. Needs curl.
set -eu

base=${QAMERA_BASE_URL:-http://127.0.0.1:4010}
# A key of its own is an account and a journal of its own: this test disturbs no other, and no other disturbs it.
key=${QAMERA_API_KEY:-mk_live_happy-path.shell-$$-$(date +%s)}

expectations='{"expect": [
  {"name": "four images are registered once", "count": {
    "operation": "registerImages", "status": 200, "exactly": 1,
    "bodyPatterns": [{"matchesJsonPath": {"expression": "$.count", "equalTo": "4"}}]}},
  {"name": "the first of them is approved", "sequence": [
    {"request": {"operation": "registerImages"}, "capture": {"image": "$.createdRecordIds[0]"}},
    {"request": {"operation": "updatePackshot", "bodyPatterns": [
      {"equalToJson": {"recordId": "{{image}}", "Voting": "APPROVED"}}]}}]},
  {"name": "polls are at least two seconds apart", "pollInterval": {"operation": "listImages", "atLeast": "2s"}},
  {"name": "nothing undocumented is sent", "noFindings": true},
  {"name": "every path exists", "noUnmatched": true},
  {"name": "the account paid for four images", "ledger": {"reserved": 0, "consumed": 40}}
]}'

# send METHOD PATH [JSON]: prints the reply. Fails when its status says so.
send() {
  if [ $# -gt 2 ]; then set -- "$1" "$2" --header "Content-Type: application/json" --data "$3"; fi
  method=$1 path=$2
  shift 2
  curl --silent --show-error --fail-with-body --request "$method" --header "X-Api-Key: $key" \
    --header "Accept: ${accept:-application/json}" "$@" "$base$path"
}

# Stands for the client under test: registers images, polls until they are done, approves the first.
run_client() {
  registration=$(send POST /api/external/image-picker/register-ideas \
    '{"config": {"product": {"id": "rec_product_001"}}, "count": 4}') || return 0
  image=$(echo "$registration" | sed 's/.*"createdRecordIds":\["\([^"]*\)".*/\1/')
  for step in '{"by": "3s"}' '{"until": "idle"}'; do
    send GET "/api/external/image-picker?productId=rec_product_001" >/dev/null
    send POST /__admin/clock/advance "$step" >/dev/null # in place of sleeping
  done
  send POST /api/external/packshots/update-packshot "{\"recordId\": \"$image\", \"Voting\": \"APPROVED\"}" >/dev/null
}

send PUT /__admin/clock '{"mode": "manual"}' >/dev/null
run_client
# curl ends with an error unless the verdict is "passed" (status 200); the report on standard output says why.
accept=text/plain
send POST /__admin/verify "$expectations"
