-- SPDX-FileCopyrightText: 2026 The Ringside authors
-- SPDX-License-Identifier: ISC

-- Ardour without a screen, driven line by line over standard input.
--
-- usage: ardour7-lua ardour.lua FOLDER create|load [CHANNELS [SOURCE]]
--
-- What a Lua script makes, noise if nothing else is said, goes through Ringside
-- Strip on a track, "Track".
-- A command is a line, and is answered with one that begins with "=".
-- Controls (N) are numbered as in generic windows of plugins, times are frames.

local folder, mode = arg[1], arg[2]
local channels, source = tonumber (arg[3] or "2"), arg[4] or "ACE Noise"
local user = ARDOUR.TransportRequestSource.TRS_UI
local session, track, strip

local function answer (...)
  io.stdout:write ("= ", table.concat ({...}, " "), "\n")
  io.stdout:flush ()
end

local function create ()
  session = create_session (folder, "test", 48000)
  assert (session, "no session")
  local list = session:new_audio_track (channels, 2, nil, 1, "Track",
    ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
  track = list:front ()
  local sound = ARDOUR.LuaAPI.new_luaproc (session, source)
  assert (not sound:isnil (), "no " .. source)
  assert (track:add_processor_by_index (sound, 0, nil, true) == 0)
  strip = ARDOUR.LuaAPI.new_plugin (session, "urn:ringside:strip",
    ARDOUR.PluginType.LV2, "")
  assert (not strip:isnil (), "no Ringside Strip")
  assert (track:add_processor_by_index (strip, 1, nil, true) == 0)
end

-- The strip on the track of that name is driven from now on
local function choose (name)
  track = session:route_by_name (name)
  assert (not track:isnil (), "no such track")
  strip = track:nth_plugin (1)
end

local function control (number)
  local port = strip:to_insert ():plugin (0):nth_parameter (number, false)
  return strip:to_automatable ():automation_control (
    Evoral.Parameter (ARDOUR.AutomationType.PluginAutomation, 0, port), false)
end

local function lane (number)
  local _, list, _ = ARDOUR.LuaAPI.plugin_automation (strip, number)
  return list
end

-- What Duplicate Track does with the state of one: a template of it, which is
-- its part of the session's file
local function copy (name)
  assert (session:save_state ("", false, false, false, false, false) == 0)
  local file = assert (io.open (folder .. "/test.ardour"))
  local route = file:read ("a"):match (
    '<Route [^\n]* name="' .. track:name () .. '".-\n    </Route>')
  file:close ()
  local template = folder .. "/copy.template"
  file = assert (io.open (template, "w"))
  file:write ('<?xml version="1.0" encoding="UTF-8"?>\n', route, "\n")
  file:close ()
  return session:new_route_from_template (1, -1, template, name,
    ARDOUR.PlaylistDisposition.NewPlaylist):size ()
end

-- Saving unasked is for dirty sessions only (see ardour-window.c)
local function is_dirty ()
  autosave ()
  return os.remove (folder .. "/test.pending") ~= nil
end

local commands = {}

-- peak: of the track in dB; what came since the last look does not count
function commands.peak ()
  local meter = track:peak_meter ()
  meter:meter_level (0, ARDOUR.MeterType.MeterPeak)
  sleep (0.15)
  return meter:meter_level (0, ARDOUR.MeterType.MeterPeak)
end

-- param N: the value of a control
function commands.param (number)
  return (ARDOUR.LuaAPI.get_processor_param (strip, tonumber (number), false))
end

-- touch N VALUE: move a knob
function commands.touch (number, value)
  return ARDOUR.LuaAPI.set_processor_param (strip, tonumber (number),
    tonumber (value))
end

-- mode N Off|Play|Write|Touch|Latch: of a lane
function commands.mode (number, name)
  control (tonumber (number)):set_automation_state (ARDOUR.AutoState[name])
  return name
end

-- draw N TIME VALUE TIME VALUE ...: points of a lane
function commands.draw (number, ...)
  local list, points = lane (tonumber (number)), {...}
  for i = 1, #points, 2 do
    list:add (Temporal.timepos_t (tonumber (points[i])),
      tonumber (points[i + 1]), false, true)
  end
  return list:size ()
end

-- clear N: all points of a lane
function commands.clear (number)
  lane (tonumber (number)):clear_list ()
  return "cleared"
end

-- lane N: TIME VALUE TIME VALUE ... of its points
function commands.lane (number)
  local points = {}
  for point in lane (tonumber (number)):events ():iter () do
    points[#points + 1] = point.when:samples ()
    points[#points + 1] = string.format ("%.9g", point.value)
  end
  return table.unpack (points)
end

-- keep LABEL ...: save a preset in its menu
function commands.keep (...)
  local plugin = strip:to_insert ():plugin (0)
  local preset = plugin:save_preset (table.concat ({...}, " "))
  return preset.valid
end

-- preset LABEL ...: of its menu
function commands.preset (...)
  local plugin = strip:to_insert ():plugin (0)
  local preset = plugin:preset_by_label (table.concat ({...}, " "))
  return preset and plugin:load_preset (preset) or "no such preset"
end

-- bypass on|off
function commands.bypass (state)
  strip:to_insert ():enable (state == "off")
  return strip:to_insert ():enabled ()
end

-- active on|off: the track; nobody calls the strip of one that is not
function commands.active (state)
  track:set_active (state == "on", nil)
  return track:active ()
end

-- copy NAME: the track, and drive the copy from now on
function commands.copy (name)
  local count = copy (name)
  choose (name)
  return count
end

-- choose NAME: the track to drive
function commands.choose (name)
  choose (name)
  return strip:display_name ()
end

function commands.roll ()
  session:request_roll (user)
  return "rolls"
end

function commands.stop ()
  session:request_stop (false, false, user)
  return "stops"
end

-- rolling: whether it rolls, and where it is
function commands.rolling ()
  return session:transport_rolling (), session:transport_sample ()
end

-- export PRESET NAME FROM TO: to the folder export/ of the session
function commands.export (preset, name, from, to)
  local export = session:simple_export ()
  assert (export:set_preset (preset))
  export:set_name (name)
  export:set_folder (folder .. "/export")
  export:set_range (tonumber (from), tonumber (to))
  return export:check_outputs () and export:run_export ()
end

function commands.dirty ()
  return is_dirty ()
end

function commands.save ()
  return session:save_state ("", false, false, false, false, false)
end

if mode == "create" then
  create ()
else
  session = load_session (folder, "test")
  assert (session, "no session")
  choose ("Track")
end
answer ("ready", strip:display_name ())

for line in io.stdin:lines () do
  local words = {}
  for word in line:gmatch ("%S+") do
    words[#words + 1] = word
  end
  local command = table.remove (words, 1)
  if command == "quit" then
    break
  elseif commands[command] then
    local results = {commands[command] (table.unpack (words))}
    for i, result in ipairs (results) do
      results[i] = tostring (result)
    end
    answer (table.unpack (results))
  else
    answer ("what?", line)
  end
end

leave_window ()
track, strip, session = nil, nil, nil
collectgarbage ()
close_session ()
answer ("closed")
AudioEngine:stop (false)
quit ()
