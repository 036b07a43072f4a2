-- Stands before every script. All keys of one call carry the same hash tag: one call, one slot.
-- Where a key's name is known only here (an index the conversation leaves), it has that tag too.

local function passed_on(fence, number)
  -- FLUSHALL takes the number away as well: then nobody holds the lease.
  return number ~= '' and redis.call('GET', fence) ~= number
end

local function fenced()
  return {err = 'FENCED the lease has passed to another worker'}
end

local function news(kind, id)
  redis.call('PUBLISH', 'parley:changes', kind .. ' ' .. id)
end

local function add(stream, command, tries)
  return redis.call('XADD', stream, '*', 'c', command, 't', tries)
end

local function postpone(later, seq, lane, command, tries, due)
  -- The number keeps equal commands apart, and those due at the same time in their order.
  local number = string.format('%016d', redis.call('INCR', seq))
  redis.call('ZADD', later, due, lane .. ':' .. number .. ':' .. tries .. ':' .. command)
end

local function command_of(fields)
  for i = 1, #fields, 2 do
    if fields[i] == 'c' then return fields[i + 1] end
  end
  return cjson.encode(fields)
end

local function take_out(stream, tries, id)
  -- The command of an entry that is in hand, which is now out of the stream; nil: it is gone.
  local found = redis.call('XRANGE', stream, id, id)[1]
  if not found then return nil end
  redis.call('XACK', stream, 'parley', id)
  redis.call('XDEL', stream, id)
  redis.call('HDEL', tries, id)
  return command_of(found[2])
end
