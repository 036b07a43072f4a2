-- KEYS budget, count   ARGV id, tokens, most or '', ms it is held, seconds
-- Returns {1 where it is held, what is used and held by others}. The same id is held once.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local own = 'held:' .. ARGV[1]
local taken = 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local name, value = all[i], all[i + 1]
  if name == 'tokens_in' or name == 'tokens_out' then
    taken = taken + tonumber(value)
  elseif string.sub(name, 1, 5) == 'held:' and name ~= own then
    local tokens, till = string.match(value, '^(%d+) (%d+)$')
    if tonumber(till) > now then
      taken = taken + tonumber(tokens)
    else
      redis.call('HDEL', KEYS[1], name)
    end
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[5])
if ARGV[3] ~= '' and taken + tonumber(ARGV[2]) > tonumber(ARGV[3]) then
  redis.call('HINCRBY', KEYS[1], 'refused', 1)
  redis.call('HINCRBY', KEYS[2], 'model.refused', 1)
  return {0, taken}
end
redis.call('HSET', KEYS[1], own, ARGV[2] .. ' ' .. string.format('%.0f', now + ARGV[4]))
return {1, taken}
