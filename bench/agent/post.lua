-- wrk: the same tool call, over and over, on kept-alive connections.
wrk.method = "POST"
wrk.body = os.getenv("BENCH_BODY")
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json, text/event-stream"
wrk.headers["Mcp-Session-Id"] = os.getenv("BENCH_SESSION")
wrk.headers["Mcp-Protocol-Version"] = os.getenv("BENCH_VERSION")
