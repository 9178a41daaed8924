-- SPDX-FileCopyrightText: 2026 The Ringside authors
-- SPDX-License-Identifier: ISC

-- Ardour without a screen, driven line by line over standard input.
--
-- usage: ardour7-lua ardour.lua FOLDER create|load
--
-- Noise of a known level goes through Ringside Strip on a track; commands are
-- `peak` (of the track, dB), `param SYMBOL-NUMBER`, `roll`, `stop`, `save`,
-- `touch NUMBER VALUE` (move the knob), `preset LABEL`,
-- `lane NUMBER VALUE` (a flat lane that plays), `lanes` (points in it), `quit`.
-- Each answers with one line
-- that begins with "=".

local folder, mode = arg[1], arg[2]
local session, track, strip

local function answer (...)
  io.stdout:write ("= ", table.concat ({...}, " "), "\n")
  io.stdout:flush ()
end

local function create ()
  session = create_session (folder, "test", 48000)
  assert (session, "no session")
  local list = session:new_audio_track (2, 2, nil, 1, "Track",
    ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
  track = list:front ()
  local noise = ARDOUR.LuaAPI.new_luaproc (session, "ACE Noise")
  assert (not noise:isnil (), "no noise")
  assert (track:add_processor_by_index (noise, 0, nil, true) == 0)
  strip = ARDOUR.LuaAPI.new_plugin (session, "urn:ringside:strip",
    ARDOUR.PluginType.LV2, "")
  assert (not strip:isnil (), "no Ringside Strip")
  assert (track:add_processor_by_index (strip, 1, nil, true) == 0)
end

local function load ()
  session = load_session (folder, "test")
  assert (session, "no session")
  track = session:route_by_name ("Track")
  strip = track:nth_plugin (1)
end

if mode == "create" then create () else load () end
answer ("ready", strip:display_name ())

local lane = 0

local function control (port)
  return strip:to_automatable ():automation_control (
    Evoral.Parameter (ARDOUR.AutomationType.PluginAutomation, 0, port), false)
end

local user = ARDOUR.TransportRequestSource.TRS_UI
while true do
  local line = io.stdin:read ("*l")
  local command, rest = (line or "quit"):match ("^(%S+)%s*(.*)$")
  if command == "quit" then
    break
  elseif command == "peak" then
    -- What came since the last look does not count
    local meter = track:peak_meter ()
    meter:meter_level (0, ARDOUR.MeterType.MeterPeak)
    sleep (0.15)
    answer (meter:meter_level (0, ARDOUR.MeterType.MeterPeak))
  elseif command == "param" then
    answer ((ARDOUR.LuaAPI.get_processor_param (strip, tonumber (rest), false)))
  elseif command == "touch" then
    local number, value = rest:match ("^(%S+)%s+(%S+)$")
    answer (tostring (ARDOUR.LuaAPI.set_processor_param (strip,
      tonumber (number), tonumber (value))))
  elseif command == "preset" then
    local plugin = strip:to_insert ():plugin (0)
    local found = plugin:preset_by_label (rest)
    answer (found and tostring (plugin:load_preset (found)) or "no such preset")
  elseif command == "lane" then
    local number, value = rest:match ("^(%S+)%s+(%S+)$")
    lane = tonumber (number)
    local _, list, _ = ARDOUR.LuaAPI.plugin_automation (strip, lane)
    list:add (Temporal.timepos_t (0), tonumber (value), false, true)
    list:add (Temporal.timepos_t (48000 * 3600), tonumber (value), false, true)
    local port = strip:to_insert ():plugin (0):nth_parameter (lane, false)
    control (port):set_automation_state (ARDOUR.AutoState.Play)
    answer ("plays")
  elseif command == "lanes" then
    local _, list, _ = ARDOUR.LuaAPI.plugin_automation (strip, lane)
    answer (list:size ())
  elseif command == "roll" then
    session:request_roll (user)
    answer ("rolls")
  elseif command == "rolling" then
    answer (tostring (session:transport_rolling ()), session:transport_sample ())
  elseif command == "stop" then
    session:request_stop (false, false, user)
    answer ("stops")
  elseif command == "save" then
    answer (session:save_state ("", false, false, false, false, false))
  else
    answer ("what?", line)
  end
end

track, strip, session = nil, nil, nil
collectgarbage ()
close_session ()
answer ("closed")
AudioEngine:stop (false)
quit ()
