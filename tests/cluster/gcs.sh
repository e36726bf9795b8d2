# The GCS server: the emulator behind our proxy, at one address for pods and for this machine.

gcs_up() {
  local emulator=127.0.0.1:$EMULATOR_PORT public=$NODE_IP:$GCS_PORT
  run gcs-emulator "" fake-gcs-server -scheme http -host 127.0.0.1 -port "$EMULATOR_PORT" -public-host "$public" \
    -external-url "http://$public" -backend memory -log-level error
  run gcs-proxy "$(echo "$HERE"/gcs_*.py)" env -C "$CHECKOUT" PYTHONPATH="$CHECKOUT" "$PYTHON" -m tests.cluster.gcs_proxy \
    --listen "$public" --upstream "http://$emulator"
  wait_for 30 "GCS server answers" curl -sf "$GCS/storage/v1/b?project=test"
}
