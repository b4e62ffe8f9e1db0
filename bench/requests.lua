-- What wrk sends: random lines of a file of requests ("METHOD<tab>path<tab>body"), each with a random token of another.
-- Arguments after "--": file of requests, file of tokens or "-", seed.
local asks, tokens = {}, {}

function init(args)
  math.randomseed(tonumber(args[3]))
  for line in io.lines(args[1]) do
    local method, path, body = line:match("^([^\t]*)\t([^\t]*)\t?(.*)$")
    asks[#asks + 1] = { method = method, path = path, body = body ~= "" and body or nil }
  end
  if args[2] ~= "-" then
    for line in io.lines(args[2]) do
      tokens[#tokens + 1] = "Bearer " .. line
    end
  end
end

function request()
  local ask = asks[math.random(#asks)]
  if #tokens > 0 then
    wrk.headers["Authorization"] = tokens[math.random(#tokens)]
  end
  return wrk.format(ask.method, ask.path, wrk.headers, ask.body)
end
