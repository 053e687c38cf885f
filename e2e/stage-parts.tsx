import '@fontsource-variable/inter/wght.css'
import '@fontsource-variable/jetbrains-mono/wght.css'
import { createRoot } from 'react-dom/client'
import { Words } from '#components/messages/words.tsx'
import { Gallery } from '../app/dev/components/gallery.tsx'

/*
 * The page of the design system without a product behind it.
 */

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <Words locale="en">
      <Gallery />
    </Words>,
  )
}
