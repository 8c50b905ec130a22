// Runs before the other scripts of `/recordings/:id` are here: asks for the recording, and has the blocks of its first picture read.

import { askForRecording } from '../app/ask-for-recording'
import { beginTheme } from '../ui/theme'
import { recordingIdOf } from './recording-id'

const id = recordingIdOf(location.pathname)
if (id !== '') void askForRecording(id)
// When everything is asked for: to read what is stored takes milliseconds.
beginTheme()
