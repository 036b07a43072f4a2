-- One shard's part of a queue, in order, and its counts.
-- KEYS open, waiting, due, angry, escalated, unassigned, mine, closed, failed
-- ARGV now ms, only, limit
-- Returns {counts, {id, class, score, …}}; classes: 1 late, 2 angry, 3 escalated, 4 waiting, 5 rest.
local now, only, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local classes = {KEYS[3], KEYS[4], KEYS[5], KEYS[2], KEYS[1]}
local PAGE, FEW = 100, 1000
local found, seen = {}, {}
local taken = 0

local function keep(id, class, score)
  seen[id] = true
  taken = taken + 1
  found[#found + 1] = id
  found[#found + 1] = class
  found[#found + 1] = score
end

local function page(class, key, from)
  if class == 1 then
    return redis.call('ZRANGEBYSCORE', key, '-inf', '(' .. now, 'WITHSCORES', 'LIMIT', from, PAGE)
  end
  local order = class == 5 and 'ZREVRANGE' or 'ZRANGE'
  return redis.call(order, key, from, from + PAGE - 1, 'WITHSCORES')
end

local function walk(class, key, only_in)
  local from = 0
  repeat
    local rows = page(class, key, from)
    for i = 1, #rows, 2 do
      local id = rows[i]
      if taken >= limit then return end
      if not seen[id] and (not only_in or redis.call('ZSCORE', only_in, id)) then
        keep(id, class, rows[i + 1])
      end
    end
    from = from + PAGE
  until #rows < 2 * PAGE
end

local function rank(members)
  for class, key in ipairs(classes) do
    for _, id in ipairs(members) do
      local score = not seen[id] and redis.call('ZSCORE', key, id)
      if score and (class ~= 1 or tonumber(score) < tonumber(now)) then keep(id, class, score) end
    end
  end
end

local filters = {mine = KEYS[7], unassigned = KEYS[6], escalated = KEYS[5]}
local filter = filters[only]
if only == 'closed' then
  walk(5, KEYS[8])
elseif filter and redis.call('ZCARD', filter) <= FEW then
  rank(redis.call('ZRANGE', filter, 0, -1))
else
  for class, key in ipairs(classes) do walk(class, key, filter) end
end

return {
  {
    redis.call('ZCARD', KEYS[1]), redis.call('ZCOUNT', KEYS[3], '-inf', '(' .. now),
    redis.call('ZCARD', KEYS[4]), redis.call('ZCARD', KEYS[5]), redis.call('ZCARD', KEYS[7]),
    redis.call('ZCARD', KEYS[6]), redis.call('XLEN', KEYS[9])
  },
  found
}
